import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Authentication } from '../../../core/auth/authentication';
import { PrincipalCache } from '../../../core/auth/principal-cache';
import { PrincipalLoader } from '../sessions/principal-loader';
import { SessionActivity } from '../sessions/session-activity';
import { hashOf } from '../tokens/opaque-token';

/** What a cookie of ours looks like; for anything else the database is not asked. */
const TOKEN = /^kst_[\w-]{43}$/;

/** Tells whose session a cookie belongs to: by one query at first sight, from memory afterwards. */
@Injectable()
export class CookieAuthenticator implements OnModuleInit {
  private readonly known: PrincipalCache;

  constructor(
    private readonly principals: PrincipalLoader,
    private readonly authentication: Authentication,
    activity: SessionActivity,
  ) {
    this.known = new PrincipalCache(
      (token) => this.sourceOf(token),
      ({ sessionId }) => activity.touch(sessionId),
    );
  }

  onModuleInit(): void {
    this.authentication.useForCookies({
      authenticate: (token) => this.known.principalOf(token),
      forget: (subject) => this.known.forget(subject),
    });
  }

  private sourceOf(token: string) {
    if (!TOKEN.test(token)) return null;
    const hash = hashOf('session', token);
    return { expiresAt: Infinity, load: () => this.principals.ofCookie(hash) };
  }
}
