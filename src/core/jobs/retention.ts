import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Inbox } from '../events/inbox';
import { Outbox } from '../events/outbox';
import { Jobs } from './jobs';

/** Longer than anything can be delivered again: retries end after hours, and queues forget after a day. */
const INBOX_DAYS = 7;
const OVERDUE_MINUTES = 60;

/** Keeps inbox and outbox small. */
@Injectable()
export class Retention implements OnModuleInit {
  private readonly logger = new Logger('Retention');

  constructor(
    private readonly jobs: Jobs,
    private readonly inbox: Inbox,
    private readonly outbox: Outbox,
  ) {}

  onModuleInit(): void {
    this.jobs.every('core.retention', '17 * * * *', () => this.run());
  }

  private async run(): Promise<void> {
    await this.inbox.prune(INBOX_DAYS);
    const overdue = await this.outbox.overdue(OVERDUE_MINUTES);
    if (overdue > 0) this.logger.warn({ message: 'no worker takes these messages from the outbox', overdue });
  }
}
