import { z } from 'zod';
import { defineEvent } from '../../core/events/event';

const fact = z.object({ productId: z.uuid(), name: z.string(), priceMinor: z.int(), currency: z.string() });

export const productCreated = defineEvent({ name: 'product.created', version: 1, schema: fact });
export const productUpdated = defineEvent({ name: 'product.updated', version: 1, schema: fact });
export const productRemoved = defineEvent({
  name: 'product.removed',
  version: 1,
  schema: z.object({ productId: z.uuid() }),
});
