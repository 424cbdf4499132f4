import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Authentication } from '../../core/auth/authentication';
import { PrincipalCache } from '../../core/auth/principal-cache';
import { KeyActivity } from './key-activity';
import { KeyFinder } from './key-finder';
import { hashOf, PREFIX, tenantOf } from './secret';

/** API keys as bearer credentials: by one query at first sight, from memory afterwards. */
@Injectable()
export class ApiKeyAuthenticator implements OnModuleInit {
  private readonly known: PrincipalCache;

  constructor(
    private readonly authentication: Authentication,
    private readonly finder: KeyFinder,
    activity: KeyActivity,
  ) {
    this.known = new PrincipalCache(
      (secret) => this.sourceOf(secret),
      ({ tenantId, userId }) => activity.touch(tenantId!, userId),
    );
  }

  onModuleInit(): void {
    const authenticate = (secret: string) => this.known.principalOf(secret);
    const forget = (subject: Parameters<PrincipalCache['forget']>[0]) => this.known.forget(subject);
    this.authentication.use({ authenticate, forget }, { prefix: PREFIX, name: 'an API key' });
  }

  /** Null without asking the database for what has no right checksum. */
  private sourceOf(secret: string) {
    const tenantId = tenantOf(secret);
    if (tenantId === null) return null;
    return { expiresAt: Infinity, load: () => this.finder.find(tenantId, hashOf(secret)) };
  }
}
