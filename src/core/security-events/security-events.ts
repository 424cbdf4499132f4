import { Injectable } from '@nestjs/common';
import { currentContext } from '../context';
import { Database } from '../database/database';
import { currentClient } from '../http/client';
import { SecuritySignals } from './security-signals';

/** What can happen: a stable name (`auth.password_changed`), and what it means to the person it concerns. */
export interface SecurityEventType {
  readonly name: string;
  readonly description: string;
}

export interface Occurrence {
  /** Whom it concerns, who will see it. */
  readonly userId?: string;
  /** The organization that it concerns, too: its administrators will see it, without address and device. */
  readonly tenantId?: string | null;
  /** Plain facts for both of them: names and ids, never a secret. */
  readonly details?: Readonly<Record<string, string | number | boolean | null>>;
}

const types = new Map<string, SecurityEventType>();

/** Declares an event beside the code that records it. @throws Error when the name is taken. */
export function defineSecurityEvent(name: string, description: string): SecurityEventType {
  if (types.has(name)) throw new Error(`The security event ${name} is declared twice.`);
  const type = { name, description };
  types.set(name, type);
  return type;
}

/** What an event of this name means; undefined for one that no module declares (any more). */
export const securityEventType = (name: string): SecurityEventType | undefined => types.get(name);

/** Every security event that was declared, by name. */
export const securityEventTypes = (): SecurityEventType[] =>
  [...types.values()].toSorted((a, b) => a.name.localeCompare(b.name));

/** The types stand in the text because the statement chooses its values, and PostgreSQL would take them for text. */
const LINE = `
  with line (id, type, user_id, organization_id, actor_kind, actor_id, session_id, details, address, user_agent, request_id)
  as materialized (values (uuidv7(), $1::text, $2::uuid, $3::uuid, $4::text, $5::uuid, $6::uuid, $7::jsonb,
    $8::text, $9::text, $10::text)),
  everything as (
    insert into security_events
      (id, type, user_id, organization_id, actor_kind, actor_id, session_id, details, address, user_agent, request_id)
    select * from line)
  insert into organization_security_events (id, tenant_id, type, user_id, actor_kind, actor_id, details)
  select id, organization_id, type, user_id, actor_kind, actor_id, details
  from line where organization_id is not null`;

/** The ledger of what touched somebody's security (OWASP ASVS 5.0, V16.3): written by modules, never changed. */
@Injectable()
export class SecurityEvents {
  constructor(
    private readonly database: Database,
    private readonly signals: SecuritySignals,
  ) {}

  /**
   * Writes a line, with who does it and from where. Joins the running transaction, whatever its scope, and costs it
   * no round trip: the line stands if and only if that commits. A refusal is therefore recorded outside of the
   * transaction that it rolls back.
   */
  async record(type: SecurityEventType, { userId, tenantId, details = {} }: Occurrence): Promise<void> {
    const principal = currentContext()?.principal;
    const { address, userAgent } = currentClient();
    const scope = { userId, tenantId: tenantId ?? undefined };
    const concerns = [type.name, userId ?? null, tenantId ?? null];
    const actor = [principal?.kind ?? null, principal?.userId ?? null];
    const sessionId = principal?.kind === 'user' ? principal.sessionId : null;
    const origin = [address, userAgent, currentContext()?.requestId ?? 'internal'];
    const values = [...concerns, ...actor, sessionId, JSON.stringify(details), ...origin];
    await this.database.transaction(async () => {
      await this.database.within(scope, () => this.database.later(LINE, values));
      this.database.afterCommit(() => this.signals.give(type.name, scope));
    });
  }
}
