import { Injectable } from '@nestjs/common';
import { Authentication } from '../../core/auth/authentication';
import type { Member } from '../../core/auth/caller';
import {
  defineSecurityEvent,
  SecurityEvents,
  type SecurityEventType,
} from '../../core/security-events/security-events';
import type { ApiKey } from './api-key.entity';

export const keyCreated = defineSecurityEvent('api_keys.created', 'You created an API key.');
export const keyUpdated = defineSecurityEvent('api_keys.updated', 'You changed an API key.');
export const keyRotated = defineSecurityEvent('api_keys.rotated', 'You gave an API key a new secret.');
export const keyRemoved = defineSecurityEvent('api_keys.removed', 'You revoked an API key.');

/** Tells everyone who must know that a key changed: the ledger, and every instance that remembers the key. */
@Injectable()
export class KeyNews {
  constructor(
    private readonly securityEvents: SecurityEvents,
    private readonly authentication: Authentication,
  ) {}

  async tell(type: SecurityEventType, { id, name, scopes }: ApiKey, author: Member): Promise<void> {
    const details = { keyId: id, name, scopes: scopes.join(' ') };
    await this.securityEvents.record(type, { userId: author.userId, tenantId: author.tenantId, details });
    await this.authentication.invalidate({ sessionId: id });
  }
}
