import { Module, type OnModuleInit } from '@nestjs/common';
import { Permissions } from '../../core/auth/permissions';
import { entities } from '../../core/database/entities';
import { Seeds } from '../../core/seeding/seeds';
import { ApiKey } from './api-key.entity';
import { ApiKeyAuthenticator } from './api-key-authenticator';
import { apiKeysConfig } from './api-keys.config';
import { ApiKeysController } from './api-keys.controller';
import { ApiKeysSeeder } from './api-keys.seeder';
import { ApiKeysService } from './api-keys.service';
import { KeyActivity } from './key-activity';
import { KeyAuthority } from './key-authority';
import { KeyFinder } from './key-finder';
import { KeyLimits } from './key-limits';
import { KeyNews } from './key-news';
import { KeySecrets } from './key-secrets';

/** Keys with which programs call the API in the name of an organization. */
@Module({
  imports: [entities(ApiKey)],
  controllers: [ApiKeysController],
  providers: [
    apiKeysConfig.provider,
    ApiKeysService,
    ApiKeyAuthenticator,
    ApiKeysSeeder,
    KeyActivity,
    KeyAuthority,
    KeyFinder,
    KeyLimits,
    KeyNews,
    KeySecrets,
  ],
})
export class ApiKeysModule implements OnModuleInit {
  constructor(
    private readonly permissions: Permissions,
    private readonly seeds: Seeds,
    private readonly seeder: ApiKeysSeeder,
  ) {}

  onModuleInit(): void {
    this.permissions.register(
      { name: 'api-keys:read', description: 'See the API keys, without secrets.', leastRole: 'admin' },
      { name: 'api-keys:write', description: 'Create, change and revoke API keys.', leastRole: 'admin' },
    );
    this.seeds.register(this.seeder);
  }
}
