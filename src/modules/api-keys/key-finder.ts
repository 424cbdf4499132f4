import { Injectable } from '@nestjs/common';
import { Permissions } from '../../core/auth/permissions';
import type { Principal } from '../../core/auth/principal';
import type { Loaded } from '../../core/auth/principal-cache';
import { runInScope } from '../../core/context';
import { Database } from '../../core/database/database';
import { Tenants } from '../../core/tenancy/tenants';

/** What is known of a key is read anew after this time, although every change is announced. */
const BELIEVED_MS = 30_000;

interface Row {
  readonly id: string;
  readonly scopes: string[];
  readonly createdBy: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

const FIND = `
  select id, scopes, created_by as "createdBy", created_at as "createdAt",
    case when secret_hash = $2 then expires_at else previous_secret_expires_at end as "expiresAt"
  from api_keys
  where tenant_id = $1
    and (secret_hash = $2 and expires_at > now() or previous_secret_hash = $2 and previous_secret_expires_at > now())`;

/** What the database knows of a secret. */
@Injectable()
export class KeyFinder {
  constructor(
    private readonly database: Database,
    private readonly tenants: Tenants,
    private readonly permissions: Permissions,
  ) {}

  /** The key with the secret's hash, as somebody who calls; nobody when it ended, or its organization did. */
  find(tenantId: string, hash: Buffer): Promise<Loaded> {
    // In a transaction, so that it is the primary that is asked: a replica may not know of a revocation yet.
    const look = () => this.database.transaction(() => this.look(tenantId, hash));
    return runInScope({ tenantId }, look);
  }

  private async look(tenantId: string, hash: Buffer): Promise<Loaded> {
    const now = Date.now();
    const [row]: Row[] = await this.database.manager.query(FIND, [tenantId, hash]);
    if (!row || !(await this.hasTenant(tenantId, row))) {
      return { holder: null, principal: null, freshUntil: now };
    }
    const principal: Principal = {
      kind: 'api-key',
      userId: row.id,
      sessionId: row.id,
      tenantId,
      role: null,
      permissions: new Set(row.scopes.filter((scope) => this.permissions.has(scope))),
      authenticatedAt: row.createdAt.getTime(),
      showedSecondFactor: false,
      lacksSecondFactor: false,
    };
    // Without organizations a user is their own tenant: what ends the user's sessions concerns their keys, too.
    const holder = { userId: tenantId, sessionId: row.id, organizationId: tenantId };
    return { holder, principal, freshUntil: Math.min(now + BELIEVED_MS, row.expiresAt.getTime()) };
  }

  /** Rows of a removed organization are erased a little later. Without organizations the tenant is its one user. */
  private async hasTenant(tenantId: string, { createdBy }: Row): Promise<boolean> {
    if (!this.tenants.kept) return createdBy !== null;
    return (await this.tenants.describe([tenantId])).length > 0;
  }
}
