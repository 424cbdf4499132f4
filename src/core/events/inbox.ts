import { Injectable } from '@nestjs/common';
import { Database } from '../database/database';

/**
 * What has been handled, by consumer and message. Delivery is at least once; this makes its effect in the database
 * happen once, because the row of the inbox commits or rolls back together with it.
 */
@Injectable()
export class Inbox {
  constructor(private readonly database: Database) {}

  /**
   * Runs `work` in a transaction, unless `consumer` has handled the message. Of two deliveries at the same time the
   * second waits for the first, and runs only if that one fails.
   */
  once(consumer: string, messageId: string, work: () => Promise<void>): Promise<void> {
    return this.database.transaction(async () => {
      const fresh: unknown[] = await this.database.manager.query(
        'insert into inbox (consumer, message_id) values ($1, $2) on conflict do nothing returning true',
        [consumer, messageId],
      );
      if (fresh.length > 0) await work();
    });
  }

  /** Forgets what was handled more than `days` ago, so much later that nothing delivers it again. @returns rows */
  async prune(days: number, batch = 5000): Promise<number> {
    let total = 0;
    for (let deleted = batch; deleted === batch; total += deleted) {
      const rows: unknown[] = await this.database.manager.query(
        `with old as (
           select consumer, message_id from inbox
           where handled_at < now() - make_interval(days => $1) order by handled_at limit $2
         ), gone as (
           delete from inbox using old
           where inbox.consumer = old.consumer and inbox.message_id = old.message_id returning 1
         )
         select 1 from gone`,
        [days, batch],
      );
      deleted = rows.length;
    }
    return total;
  }
}
