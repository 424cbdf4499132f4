import { definePolicy } from '../../core/auth/policies';
import { defineProblem } from '../../core/http/problem';
import type { Product } from './product.entity';

/** Of those who answer for the catalogue as a whole. */
export const MANAGES_PRODUCTS = 'products:manage';

const ProductArchived = defineProblem(
  'forbidden',
  'product_archived',
  'The product is archived',
  'Ask somebody with the permission products:manage to make it active again, or to remove it.',
);
const ProductOfAnother = defineProblem(
  'forbidden',
  'product_of_another',
  'Somebody else created the product',
  'Archive it instead, or ask somebody with the permission products:manage to remove it.',
);

/** What is archived stays as it was sold: it changes by those who manage the catalogue only. */
export const canChange = definePolicy<Pick<Product, 'status'>>(
  ProductArchived,
  ({ permissions }, { status }) => status !== 'archived' || permissions.has(MANAGES_PRODUCTS),
);

/** A program is the creator of what it created. */
export const canRemove = definePolicy<Pick<Product, 'createdBy'>>(
  ProductOfAnother,
  ({ permissions, userId }, { createdBy }) => createdBy === userId || permissions.has(MANAGES_PRODUCTS),
);
