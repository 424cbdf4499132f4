import { Module } from '@nestjs/common';
import { CoreModule } from './core/core.module';
import { ApiKeysModule } from './modules/api-keys/api-keys.module';
import { AuthModule } from './modules/auth/auth.module';
import { HealthModule } from './modules/health/health.module';
import { OrganizationsModule } from './modules/organizations/organizations.module';
import { ProductsModule } from './modules/products/products.module';
import { SecurityEventsModule } from './modules/security-events/security-events.module';
import { UsersModule } from './modules/users/users.module';

/** The table of contents: core, then one line a module. */
@Module({
  imports: [
    CoreModule,
    UsersModule,
    AuthModule,
    ApiKeysModule,
    HealthModule,
    OrganizationsModule,
    ProductsModule,
    SecurityEventsModule,
  ],
})
export class AppModule {}
