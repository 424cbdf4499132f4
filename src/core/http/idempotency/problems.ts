import { defineProblem } from '../problem';

export const IdempotencyKeyMissing = defineProblem(
  'invalid',
  'idempotency_key_missing',
  'This request needs an Idempotency-Key',
  'Make a new random key (a UUID) for each thing you want done, and send the same key when you try again.',
);
export const IdempotencyKeyInvalid = defineProblem(
  'invalid',
  'idempotency_key_invalid',
  'The Idempotency-Key cannot be used',
  'Send 8 to 255 visible ASCII characters; a UUID is a good key.',
);
export const IdempotencyKeyReused = defineProblem(
  'unprocessable',
  'idempotency_key_reused',
  'This Idempotency-Key was used for another request',
  'Make a new key for a new request; only an exact repetition may carry the old one.',
);
export const IdempotencyKeyBusy = defineProblem(
  'conflict',
  'idempotency_key_busy',
  'The first request with this Idempotency-Key is still running',
  'Wait for the seconds in `Retry-After`, then send it again with the same key to get its answer.',
);
