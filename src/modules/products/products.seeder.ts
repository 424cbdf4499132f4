import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import type { SeedOrganization, Seeder } from '../../core/seeding/seeds';
import { Product, PRODUCT_STATUSES } from './product.entity';

const MATERIALS = ['Brass', 'Canvas', 'Cedar', 'Copper', 'Cork', 'Linen', 'Oak', 'Rope', 'Steel', 'Teak'];
const THINGS = [
  'anchor',
  'barometer',
  'bell',
  'bucket',
  'compass',
  'crate',
  'hammock',
  'lantern',
  'ladder',
  'oar',
];
const SIZES = ['small', 'large'];

/** Two hundred products for each demo organization, the same ones every time. */
@Injectable()
export class ProductsSeeder implements Seeder {
  constructor(@InjectRepository(Product) private readonly products: Repository<Product>) {}

  async content(organization: SeedOrganization): Promise<void> {
    const tenantId = organization.id;
    if (!(await this.products.existsBy({ tenantId }))) await this.products.insert(catalogue(organization));
    const sample = await this.products.findOneOrFail({ where: { tenantId }, order: { id: 'ASC' } });
    organization.samples.productId = sample.id;
  }
}

/** The work of the editor, whose it is to remove. */
function catalogue({ id: tenantId, users }: SeedOrganization): Partial<Product>[] {
  const createdBy = users.find(({ role }) => role === 'editor')?.id ?? null;
  const names = MATERIALS.flatMap((material) =>
    THINGS.flatMap((thing) => SIZES.map((size) => [material, thing, size] as const)),
  );
  return names.map(([material, thing, size], index) => ({
    tenantId,
    name: `${material} ${thing}, ${size}`,
    description: `A ${size} ${thing} made of ${material.toLowerCase()}.`,
    priceMinor: 500 + ((index * 7919) % 20_000),
    currency: 'EUR',
    stock: (index * 37) % 120,
    status: PRODUCT_STATUSES[index % 10 < 8 ? 1 : index % 2 === 0 ? 0 : 2]!,
    tags: [material.toLowerCase(), thing],
    createdBy,
    createdAt: new Date(Date.UTC(2026, 0, 1) + index * 3_600_000),
  }));
}
