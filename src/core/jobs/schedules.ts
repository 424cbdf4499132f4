import { Injectable } from '@nestjs/common';
import type { JobSchedulerJson } from 'bullmq';
import { Database } from '../database/database';
import { Consumers } from '../events/consumers';
import { retryOptions } from './deliveries';
import { Jobs, SCHEDULE_QUEUE, type Schedule } from './jobs';
import { Queues } from './queues';

/** What `Jobs.every` planned, as BullMQ's job schedulers: each makes one job at each of its times. */
@Injectable()
export class Schedules {
  constructor(
    private readonly database: Database,
    private readonly jobs: Jobs,
    private readonly consumers: Consumers,
    private readonly queues: Queues,
  ) {}

  /**
   * Makes the schedules of the cluster those of this release. One that has not changed is left alone, with the run
   * that it may have missed. Workers that start together take turns.
   */
  async apply(): Promise<void> {
    await this.database.transaction(async () => {
      await this.database.manager.query(`select pg_advisory_xact_lock(hashtext('keelson schedules'))`);
      const queue = this.queues.open(SCHEDULE_QUEUE);
      const known = new Map((await queue.getJobSchedulers()).map((scheduler) => [scheduler.key, scheduler]));
      for (const schedule of this.jobs.schedules()) {
        if (!isSame(schedule, known.get(schedule.name))) await this.plan(schedule);
        known.delete(schedule.name);
      }
      for (const name of known.keys()) await queue.removeJobScheduler(name);
    });
  }

  private async plan({ name, when }: Schedule): Promise<void> {
    const consumer = this.consumers.list().find((one) => one.name === name)!;
    const repeat = typeof when === 'number' ? { every: when } : { pattern: when, tz: 'UTC' };
    await this.queues
      .open(SCHEDULE_QUEUE)
      .upsertJobScheduler(name, repeat, { name, data: {}, opts: retryOptions(consumer) });
  }
}

function isSame({ when }: Schedule, scheduler: JobSchedulerJson | undefined): boolean {
  return typeof when === 'number' ? scheduler?.every === when : scheduler?.pattern === when;
}
