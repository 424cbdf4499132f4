import { z } from 'zod';
import { defineEvent } from '../../core/events/event';

const userId = z.uuid();

/** An account was made; its address is not verified yet. */
export const userRegistered = defineEvent({
  name: 'user.registered',
  version: 1,
  schema: z.object({ userId, email: z.string(), name: z.string() }),
});

/** The owner of the account proved to receive mail at its address. */
export const userEmailVerified = defineEvent({
  name: 'user.email_verified',
  version: 1,
  schema: z.object({ userId }),
});

/** The account is gone, with everything that only it owned. */
export const userDeleted = defineEvent({
  name: 'user.deleted',
  version: 1,
  schema: z.object({ userId }),
});

/** The owner of the account may not sign in any more, until it is enabled. */
export const userDisabled = defineEvent({
  name: 'user.disabled',
  version: 1,
  schema: z.object({ userId }),
});

/** The owner of the account may sign in again. */
export const userEnabled = defineEvent({
  name: 'user.enabled',
  version: 1,
  schema: z.object({ userId }),
});
