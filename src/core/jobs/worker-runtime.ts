import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Queues } from './queues';
import { QueueWorkers } from './queue-workers';
import { Relay } from './relay';
import { Schedules } from './schedules';

/** Everything that makes a process a worker. Any number may run at once. */
@Injectable()
export class WorkerRuntime implements OnModuleDestroy {
  private started?: Promise<void>;

  constructor(
    private readonly queues: Queues,
    private readonly workers: QueueWorkers,
    private readonly relay: Relay,
    private readonly schedules: Schedules,
  ) {}

  /** Starts the relay, the schedules and the workers of every queue; call it when all handlers are registered. */
  start(): Promise<void> {
    return (this.started ??= this.run());
  }

  /** Stops taking work and finishes what runs, while the database is still there. */
  async onModuleDestroy(): Promise<void> {
    await this.started?.catch(() => {});
    await this.relay.stop();
    await this.workers.stop();
    await this.queues.close();
  }

  private async run(): Promise<void> {
    await this.schedules.apply();
    await this.workers.start();
    this.relay.start();
  }
}
