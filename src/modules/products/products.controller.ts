import { Body, Controller, Delete, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { z } from 'zod';
import { Requires } from '../../core/auth/access';
import { Caller, type Member } from '../../core/auth/caller';
import { Batches } from '../../core/http/batch';
import { Creates } from '../../core/http/creates';
import { type ExpectedVersions, IfMatch } from '../../core/http/etag';
import { Idempotent } from '../../core/http/idempotency/idempotent';
import { Refuses } from '../../core/http/refuses';
import { Returns } from '../../core/http/returns';
import type { ItemQuery, ListQuery } from '../../core/lists/list';
import { ReturnsPage } from '../../core/lists/returns-page';
import { Topic } from '../../core/openapi/topic';
import {
  ProductChanges,
  ProductInput,
  ProductPath,
  ProductView,
  productBatch,
  productList,
} from './products.schema';
import { canChange, canRemove } from './products.policy';
import { ProductNotFound, ProductsService } from './products.service';

@Topic('products', 'What your organization sells.')
@Controller('v1/products')
export class ProductsController {
  constructor(
    private readonly products: ProductsService,
    private readonly batches: Batches,
  ) {}

  @Get()
  @Requires('products:read')
  @ReturnsPage(productList)
  @ApiOperation({ operationId: 'listProducts', summary: 'List the products of your organization' })
  list(@Caller() viewer: Member, @Query({ schema: productList.query }) query: ListQuery) {
    return this.products.list(viewer, query);
  }

  @Post()
  @Requires('products:write')
  @Creates(ProductView)
  @ApiOperation({ operationId: 'createProduct', summary: 'Create a product' })
  create(@Caller() author: Member, @Body({ schema: ProductInput }) input: ProductInput) {
    return this.products.create(author, input);
  }

  @Post('batch')
  @Requires('products:write')
  @Idempotent()
  @Returns(productBatch.response, { status: 200, description: 'A result for each operation, in their order' })
  @ApiOperation({ operationId: 'batchProducts', summary: 'Create, update and remove up to 100 products' })
  batch(
    @Caller() author: Member,
    @Body({ schema: productBatch.request }) { operations }: z.output<typeof productBatch.request>,
  ) {
    return this.batches.run(operations, (operation) => this.products.perform(author, operation));
  }

  @Get(':id')
  @Requires('products:read')
  @Returns(ProductView, { sparse: true, headers: ['etag'] })
  @Refuses(ProductNotFound)
  @ApiOperation({ operationId: 'getProduct', summary: 'Get a product' })
  get(
    @Caller() viewer: Member,
    @Param({ schema: ProductPath }) { id }: ProductPath,
    @Query({ schema: productList.itemQuery }) query: ItemQuery,
  ) {
    return this.products.get(viewer, id, query);
  }

  @Patch(':id')
  @Requires('products:write')
  @Returns(ProductView, { headers: ['etag'] })
  @Refuses(ProductNotFound, canChange.refusal)
  @ApiOperation({ operationId: 'updateProduct', summary: 'Change some fields of a product' })
  update(
    @Caller() author: Member,
    @Param({ schema: ProductPath }) { id }: ProductPath,
    @Body({ schema: ProductChanges }) changes: ProductChanges,
    @IfMatch() expected: ExpectedVersions,
  ) {
    return this.products.update(author, id, changes, expected);
  }

  @Delete(':id')
  @Requires('products:write')
  @Returns()
  @Refuses(ProductNotFound, canChange.refusal, canRemove.refusal)
  @ApiOperation({ operationId: 'removeProduct', summary: 'Remove a product that you created, or manage' })
  remove(
    @Caller() author: Member,
    @Param({ schema: ProductPath }) { id }: ProductPath,
    @IfMatch() expected: ExpectedVersions,
  ) {
    return this.products.remove(author, id, expected);
  }
}
