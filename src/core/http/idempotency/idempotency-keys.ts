import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import { IdempotencyKeyBusy, IdempotencyKeyReused } from './problems';

export interface StoredAnswer {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly body: unknown;
}

export interface KeyUse {
  readonly owner: string;
  readonly key: string;
  readonly fingerprint: Buffer;
}

interface Row extends StoredAnswer {
  readonly fingerprint: Buffer;
}

/** The answers that were given under an `Idempotency-Key`; each is stored in the transaction of its effect. */
@Injectable()
export class IdempotencyKeys {
  constructor(private readonly database: Database) {}

  /**
   * Runs `work` if the key is new, and answers what it answered the first time otherwise. Refused or failed work
   * is rolled back with its key, so it may be tried again.
   * @throws Problem idempotency_key_busy while the first use runs, idempotency_key_reused for another request
   */
  once(use: KeyUse, work: () => Promise<StoredAnswer>): Promise<{ answer: StoredAnswer; replayed: boolean }> {
    return this.database.transaction(async () => {
      await this.lock(use);
      const [known] = await this.database.rows<Row>(
        'select status, headers, body, fingerprint from idempotency_keys where owner = $1 and key = $2',
        [use.owner, use.key],
      );
      if (known && !known.fingerprint.equals(use.fingerprint)) throw IdempotencyKeyReused();
      if (known) return { answer: known, replayed: true };
      const answer = await work();
      await this.database.rows(
        'insert into idempotency_keys (owner, key, fingerprint, status, headers, body) values ($1, $2, $3, $4, $5, $6)',
        [
          use.owner,
          use.key,
          use.fingerprint,
          answer.status,
          answer.headers,
          JSON.stringify(answer.body ?? null),
        ],
      );
      return { answer, replayed: false };
    });
  }

  /** Forgets keys older than 48 hours, some at a time; callers may rely on 24. */
  async purge(): Promise<void> {
    await this.database.rows(
      `delete from idempotency_keys where ctid = any(array(
         select ctid from idempotency_keys where created_at < now() - interval '48 hours' limit 10000))`,
    );
  }

  /** Held until the transaction ends, and taken without waiting: a second use is told that the first still runs. */
  private async lock({ owner, key }: KeyUse): Promise<void> {
    const [lock] = await this.database.rows<{ taken: boolean }>(
      'select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as taken',
      [`${owner}\n${key}`],
    );
    if (!lock?.taken) throw IdempotencyKeyBusy({ headers: { 'retry-after': '1' } });
  }
}
