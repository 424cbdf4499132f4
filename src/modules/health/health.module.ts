import { Module, type OnModuleInit } from '@nestjs/common';
import { Permissions } from '../../core/auth/permissions';
import { Management } from '../../core/observability/management';
import { HealthController } from './health.controller';
import { HealthService } from './health.service';

/** What balancers, orchestrators and operators ask of a process. */
@Module({ controllers: [HealthController], providers: [HealthService] })
export class HealthModule implements OnModuleInit {
  constructor(
    private readonly permissions: Permissions,
    private readonly management: Management,
    private readonly health: HealthService,
  ) {}

  onModuleInit(): void {
    this.permissions.register({
      name: 'health:read',
      description: 'See what the service relies on, and how that is.',
      leastRole: 'admin',
    });
    this.management.server.get('/health', async (_request, reply) => {
      const report = await this.health.report();
      return reply.status(report.status === 'down' ? 503 : 200).send(report);
    });
  }
}
