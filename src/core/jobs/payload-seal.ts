import { Inject, Injectable } from '@nestjs/common';
import { seal, unseal } from '../sealing';
import { jobsConfig, type JobsConfig } from './jobs.config';

/** Keeps secrets in payloads (a link that signs somebody in) unreadable in the outbox, the queue and their backups. */
@Injectable()
export class PayloadSeal {
  constructor(@Inject(jobsConfig.token) private readonly config: JobsConfig) {}

  /** The payload, readable only with the first of JOBS_PAYLOAD_KEYS and only for this subject. */
  close(subject: string, payload: unknown): { sealed: string } {
    const plain = Buffer.from(JSON.stringify(payload));
    return { sealed: seal(this.config.JOBS_PAYLOAD_KEYS[0]!, subject, plain).toString('base64') };
  }

  /** @throws Error when no key opens it */
  open(subject: string, payload: unknown): unknown {
    const sealed = Buffer.from((payload as { sealed: string }).sealed, 'base64');
    for (const key of this.config.JOBS_PAYLOAD_KEYS) {
      try {
        return JSON.parse(unseal(key, subject, sealed).toString('utf8'));
      } catch {
        // Sealed with another of the keys, or with one that was removed too early.
      }
    }
    throw new Error(`None of JOBS_PAYLOAD_KEYS opens the payload of ${subject}.`);
  }
}
