import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../../database/database';
import { Jobs } from '../../jobs/jobs';
import { PayloadSeal } from '../../jobs/payload-seal';
import { IdempotencyKeyBusy, IdempotencyKeyReused } from './problems';

export interface KeyUse {
  /** Whose key it is; others may use the same. */
  readonly owner: string;
  readonly key: string;
  /** What makes two requests the same. */
  readonly fingerprint: Buffer;
  /** Whether nobody but the caller may read the answer. */
  readonly secret: boolean;
}

export interface Outcome {
  /** What the handler answered, the first time: status and headers follow from it as they did then. */
  readonly body: unknown;
  readonly replayed: boolean;
}

/** The answers that were given under an `Idempotency-Key`; each is stored in the transaction of its effect. */
@Injectable()
export class IdempotencyKeys implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly jobs: Jobs,
    private readonly seal: PayloadSeal,
  ) {}

  onModuleInit(): void {
    this.jobs.every('http.idempotency_keys', '47 * * * *', () => this.purge());
  }

  /**
   * Runs `work` if the key is new, and answers what it answered the first time otherwise. Refused or failed work
   * is rolled back with its key, so it may be tried again.
   * @throws Problem idempotency_key_busy while the first use runs, idempotency_key_reused for another request
   */
  once({ owner, key, fingerprint, secret }: KeyUse, work: () => Promise<unknown>): Promise<Outcome> {
    return this.database.transaction(async () => {
      await this.lock(owner, key);
      const [known] = await this.database.rows<{ body: unknown; fingerprint: Buffer }>(
        'select body, fingerprint from idempotency_keys where owner = $1 and key = $2',
        [owner, key],
      );
      if (known && !known.fingerprint.equals(fingerprint)) throw IdempotencyKeyReused();
      const subject = `idempotency:${owner}:${key}`;
      if (known) return { body: secret ? this.seal.open(subject, known.body) : known.body, replayed: true };
      const body = await work();
      const kept = secret ? this.seal.close(subject, body) : body;
      await this.database.rows(
        'insert into idempotency_keys (owner, key, fingerprint, body) values ($1, $2, $3, $4)',
        [owner, key, fingerprint, JSON.stringify(kept ?? null)],
      );
      return { body, replayed: false };
    });
  }

  /** Forgets keys older than 48 hours, some at a time; callers may rely on 24. */
  private async purge(): Promise<void> {
    await this.database.rows(
      `delete from idempotency_keys where ctid = any(array(
         select ctid from idempotency_keys where created_at < now() - interval '48 hours' limit 10000))`,
    );
  }

  /** Held until the transaction ends, and taken without waiting: a second use is told that the first still runs. */
  private async lock(owner: string, key: string): Promise<void> {
    const [lock] = await this.database.rows<{ taken: boolean }>(
      'select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as taken',
      [`${owner}\n${key}`],
    );
    if (!lock?.taken) throw IdempotencyKeyBusy({ headers: { 'retry-after': '1' } });
  }
}
