import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { currentClient } from '../http/client';
import { currentContext } from '../context';
import { SecurityEvent } from './security-event.entity';

/** What can happen: a stable name (`auth.password_changed`), and what it means to the person it concerns. */
export interface SecurityEventType {
  readonly name: string;
  readonly description: string;
}

interface Occurrence {
  /** Whom it concerns. */
  readonly userId?: string;
  /** The organization whose administrators may see it. */
  readonly tenantId?: string | null;
  /** Plain facts for the screen: names and ids, never a secret. */
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

/** Every security event that was declared. */
export const securityEventTypes = (): SecurityEventType[] => [...types.values()];

/** The ledger of what touched somebody's security (OWASP ASVS 5.0, V16.3): written by modules, read by its owner. */
@Injectable()
export class SecurityEvents {
  constructor(@InjectRepository(SecurityEvent) private readonly events: Repository<SecurityEvent>) {}

  /** Writes a line, with who does it and from where. Joins the running transaction: it stands if and only if that does. */
  async record(type: SecurityEventType, { userId, tenantId, details = {} }: Occurrence): Promise<void> {
    const context = currentContext();
    await this.events.insert({
      type: type.name,
      userId: userId ?? null,
      tenantId: tenantId ?? null,
      actorId: context?.principal?.userId ?? null,
      details: details as object,
      ...currentClient(),
      requestId: context?.requestId ?? 'internal',
    });
  }
}
