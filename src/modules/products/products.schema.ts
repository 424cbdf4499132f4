import { z } from 'zod';
import { id, instant, text } from '../../core/http/text';
import { defineBatch } from '../../core/http/batch';
import { defineList } from '../../core/lists/list';
import { PRODUCT_STATUSES } from './product.entity';

/** As large as PostgreSQL's integer: some 21 million euros, which no single product should reach. */
const MAX_INTEGER = 2_147_483_647;

const fields = {
  name: text(120)
    .describe('What buyers see first.')
    .meta({ examples: ['Brass lantern'] }),
  description: text(5000, 0)
    .describe('Plain text.')
    .meta({ examples: ['Burns for twelve hours.'] }),
  priceMinor: z
    .int()
    .min(0)
    .max(MAX_INTEGER)
    .describe('Price in the minor unit of the currency: cents, pence, yen.')
    .meta({ examples: [4990] }),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'is not an ISO 4217 code')
    .describe('ISO 4217 code.')
    .meta({ examples: ['EUR'] }),
  stock: z
    .int()
    .min(0)
    .max(MAX_INTEGER)
    .describe('Pieces that can be sold.')
    .meta({ examples: [12] }),
  status: z.enum(PRODUCT_STATUSES).describe('Only active products are for sale.'),
  tags: z
    .array(text(40))
    .max(20)
    .describe('Words to find it by.')
    .meta({ examples: [['lighting', 'deck']] }),
};

export const ProductInput = z
  .strictObject({
    ...fields,
    description: fields.description.default(''),
    stock: fields.stock.default(0),
    status: fields.status.default('draft'),
    tags: fields.tags.default([]),
  })
  .meta({ id: 'ProductInput' });
export type ProductInput = z.output<typeof ProductInput>;

export const ProductChanges = z
  .strictObject(fields)
  .partial()
  .refine((changes) => Object.keys(changes).length > 0, 'names nothing to change')
  .meta({ id: 'ProductChanges' });
export type ProductChanges = z.output<typeof ProductChanges>;

export const ProductView = z
  .object({
    id: id(),
    ...fields,
    createdBy: id()
      .nullable()
      .describe(
        'The id of the user or the program that created it, and may remove it; null when nobody knows.',
      ),
    createdAt: instant(),
    updatedAt: instant(),
    organization: z
      .object({ id: id(), name: z.string() })
      .optional()
      .describe('Who sells it; only with `?expand=organization`.'),
  })
  .meta({ id: 'Product' });

export const ProductPath = z.strictObject({ id: id() });
export type ProductPath = z.output<typeof ProductPath>;

export const productList = defineList({
  item: ProductView,
  table: 'products',
  filters: {
    status: ['eq', 'ne', 'in'],
    priceMinor: ['eq', 'gt', 'gte', 'lt', 'lte'],
    name: ['eq', 'like'],
    tags: ['eq'],
    createdAt: ['gte', 'lt'],
  },
  sorts: ['createdAt', 'name', 'priceMinor'],
  expands: ['organization'],
});

export const productBatch = defineBatch({ item: ProductView, create: ProductInput, update: ProductChanges });
export type ProductOperation = z.output<typeof productBatch.request>['operations'][number];
