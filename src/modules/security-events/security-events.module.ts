import { Module, type OnModuleInit } from '@nestjs/common';
import { Permissions } from '../../core/auth/permissions';
import { SecurityEventsController } from './security-events.controller';
import { SecurityEventsService } from './security-events.service';

/** Who may read the ledger of security events. It is core that keeps it, with or without this module. */
@Module({ controllers: [SecurityEventsController], providers: [SecurityEventsService] })
export class SecurityEventsModule implements OnModuleInit {
  constructor(private readonly permissions: Permissions) {}

  onModuleInit(): void {
    this.permissions.register({
      name: 'security-events:read',
      description: 'See what touched the security of the organization.',
      leastRole: 'admin',
    });
  }
}
