import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import type { Member } from '../../core/auth/caller';
import { Database } from '../../core/database/database';
import { Events } from '../../core/events/events';
import { assertVersion, type ExpectedVersions } from '../../core/http/etag';
import { defineProblem } from '../../core/http/problem';
import type { ItemQuery, ListQuery } from '../../core/lists/list';
import { Lists } from '../../core/lists/lists';
import { Product } from './product.entity';
import { productCreated, productRemoved, productUpdated } from './products.events';
import { canChange, canRemove } from './products.policy';
import {
  type ProductChanges,
  type ProductInput,
  productList,
  type ProductOperation,
} from './products.schema';

export const ProductNotFound = defineProblem(
  'not-found',
  'product_not_found',
  'There is no such product',
  'Check the id; the products of other organizations do not exist for you.',
);

@Injectable()
export class ProductsService {
  constructor(
    @InjectRepository(Product) private readonly products: Repository<Product>,
    private readonly database: Database,
    private readonly events: Events,
    private readonly lists: Lists,
  ) {}

  list(viewer: Member, query: ListQuery) {
    return this.lists.page(productList, { tenantId: viewer.tenantId }, query);
  }

  async get(viewer: Member, id: string, query: ItemQuery) {
    const product = await this.lists.find(productList, { tenantId: viewer.tenantId, id }, query);
    if (!product) throw ProductNotFound();
    return product;
  }

  create(author: Member, input: ProductInput): Promise<Product> {
    return this.database.transaction(async () => {
      const product = this.products.create({ ...input, tenantId: author.tenantId, createdBy: author.userId });
      await this.products.insert(product);
      await this.events.publish(productCreated, factOf(product));
      return product;
    });
  }

  update(author: Member, id: string, changes: ProductChanges, expected?: ExpectedVersions): Promise<Product> {
    return this.database.transaction(async () => {
      const product = await this.lock(author, id);
      assertVersion(product.version, expected);
      canChange.assert(author, product);
      await this.products.save(Object.assign(product, changes));
      await this.events.publish(productUpdated, factOf(product));
      return product;
    });
  }

  remove(author: Member, id: string, expected?: ExpectedVersions): Promise<void> {
    return this.database.transaction(async () => {
      const product = await this.lock(author, id);
      assertVersion(product.version, expected);
      canChange.assert(author, product);
      canRemove.assert(author, product);
      await this.products.delete({ tenantId: author.tenantId, id });
      await this.events.publish(productRemoved, { productId: id });
    });
  }

  async perform(author: Member, operation: ProductOperation): Promise<Product | void> {
    if (operation.op === 'create') return this.create(author, operation.data);
    if (operation.op === 'remove') return this.remove(author, operation.id);
    const expected = operation.version === undefined ? undefined : [operation.version];
    return this.update(author, operation.id, operation.data, expected);
  }

  /** Held until the transaction ends, so that what is decided about the product stays true. */
  private async lock({ tenantId }: Member, id: string): Promise<Product> {
    const product = await this.products.findOne({
      where: { tenantId, id },
      lock: { mode: 'pessimistic_write' },
    });
    if (!product) throw ProductNotFound();
    return product;
  }
}

const factOf = ({ id, name, priceMinor, currency }: Product) => ({
  productId: id,
  name,
  priceMinor,
  currency,
});
