import { z } from 'zod';
import { defineEvent } from '../../core/events/event';

const organization = z.object({ organizationId: z.uuid(), name: z.string(), slug: z.string() });
/** `role` is the name of a built-in role or of one that the organization defined. */
const member = z.object({ organizationId: z.uuid(), userId: z.uuid(), role: z.string() });

export const organizationCreated = defineEvent({
  name: 'organization.created',
  version: 1,
  schema: organization,
});
export const organizationUpdated = defineEvent({
  name: 'organization.updated',
  version: 1,
  schema: organization,
});

/** Nobody can reach the organization any more; the rows that belong to it are being erased. */
export const organizationRemoved = defineEvent({
  name: 'organization.removed',
  version: 1,
  schema: z.object({ organizationId: z.uuid() }),
});

export const memberAdded = defineEvent({ name: 'member.added', version: 1, schema: member });
export const memberRoleChanged = defineEvent({
  name: 'member.role_changed',
  version: 1,
  schema: member.extend({ previousRole: z.string() }),
});

/** Somebody left or was removed; `role` is what they were. */
export const memberRemoved = defineEvent({ name: 'member.removed', version: 1, schema: member });
