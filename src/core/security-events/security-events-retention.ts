import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../database/database';
import { Jobs } from '../jobs/jobs';
import { securityEventsConfig, type SecurityEventsConfig } from './security-events.config';

/** Deletes what is older than `SECURITY_EVENTS_DAYS`, once an hour. The copies of organizations go with it. */
@Injectable()
export class SecurityEventsRetention implements OnModuleInit {
  constructor(
    private readonly jobs: Jobs,
    private readonly database: Database,
    @Inject(securityEventsConfig.token) private readonly config: SecurityEventsConfig,
  ) {}

  onModuleInit(): void {
    this.jobs.every('core.security_events_retention', '47 * * * *', () => this.remove());
  }

  private async remove(): Promise<void> {
    await this.database.manager.query(
      'delete from security_events where created_at < now() - make_interval(days => $1)',
      [this.config.SECURITY_EVENTS_DAYS],
    );
  }
}
