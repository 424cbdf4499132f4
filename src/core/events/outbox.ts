import { Injectable } from '@nestjs/common';
import { Database } from '../database/database';
import { currentHeaders, type Message } from './message';

/** The channel on which an insert into the outbox tells the relay that there is work. */
export const OUTBOX_CHANNEL = 'outbox';

/** A message on its way, with what decides when and in which order it is handled. */
export interface OutgoingMessage extends Message {
  /** How much is left of the delay that its sender asked for, in milliseconds. */
  readonly delayMs: number;
  readonly priority: number;
}

/** The messages that were sent in transactions which committed, until they are handed over to a transport. */
@Injectable()
export class Outbox {
  constructor(private readonly database: Database) {}

  /** Adds a message to the running transaction: it is sent if and only if that commits. */
  async add(
    subject: string,
    payload: unknown,
    { delayMs = 0, priority = 0 }: { delayMs?: number; priority?: number } = {},
  ): Promise<void> {
    await this.database.later(
      `insert into outbox (subject, payload, headers, priority, available_at)
       values ($1, $2, $3, $4, now() + make_interval(secs => $5))`,
      [subject, JSON.stringify(payload), JSON.stringify(currentHeaders()), priority, delayMs / 1000],
    );
  }

  /**
   * Hands at most `limit` messages of these subjects to `handOver`, oldest first, and forgets them in the same
   * transaction: when `handOver` fails or the process ends in it, they stay, and are handed over once more.
   * Several relays may run at once; each takes what the others have not locked. @returns how many it took
   */
  relay(
    subjects: readonly string[],
    limit: number,
    handOver: (messages: OutgoingMessage[]) => Promise<void>,
  ): Promise<number> {
    return this.database.transaction(async () => {
      const messages = await this.database.rows<OutgoingMessage>(
        `select id, subject, payload, headers, priority, created_at as "createdAt",
           greatest(0, extract(epoch from available_at - clock_timestamp()) * 1000)::float8 as "delayMs"
         from outbox where subject = any($1) order by id limit $2 for update skip locked`,
        [subjects, limit],
      );
      if (messages.length === 0) return 0;
      await handOver(messages);
      await this.database.manager.query('delete from outbox where id = any($1)', [
        messages.map(({ id }) => id),
      ]);
      return messages.length;
    });
  }

  /** How many messages have waited for longer than `minutes` past their time: no relay knows their subject. */
  async overdue(minutes: number): Promise<number> {
    const [found] = await this.database.rows<{ count: number }>(
      'select count(*)::int as count from outbox where available_at < now() - make_interval(mins => $1)',
      [minutes],
    );
    return found!.count;
  }
}
