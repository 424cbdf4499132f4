import { Module, type OnModuleInit } from '@nestjs/common';
import { Permissions } from '../../core/auth/permissions';
import { entities } from '../../core/database/entities';
import { Seeds } from '../../core/seeding/seeds';
import { Product } from './product.entity';
import { MANAGES_PRODUCTS } from './products.policy';
import { ProductsController } from './products.controller';
import { ProductsSeeder } from './products.seeder';
import { ProductsService } from './products.service';

/** What organizations sell: the worked example of a module. */
@Module({
  imports: [entities(Product)],
  controllers: [ProductsController],
  providers: [ProductsService, ProductsSeeder],
})
export class ProductsModule implements OnModuleInit {
  constructor(
    private readonly permissions: Permissions,
    private readonly seeds: Seeds,
    private readonly seeder: ProductsSeeder,
  ) {}

  onModuleInit(): void {
    this.permissions.register(
      { name: 'products:read', description: 'See the products.', leastRole: 'viewer' },
      {
        name: 'products:write',
        description: 'Create and change products, remove your own.',
        leastRole: 'editor',
      },
      {
        name: MANAGES_PRODUCTS,
        description: 'Change archived products, and remove those of others.',
        leastRole: 'admin',
      },
    );
    this.seeds.register(this.seeder);
  }
}
