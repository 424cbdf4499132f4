import { createHash } from 'node:crypto';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { Counter } from 'prom-client';
import { Metrics } from '../../../core/observability/metrics';
import { passwordConfig, type PasswordConfig } from './password.config';

/** Somebody waits for it. */
const TIMEOUT_MS = 1000;
/** An answer has some 40 kB. */
const MAX_BYTES = 1_000_000;

/**
 * Passwords that were in a breach, as the range API of Have I Been Pwned tells them: it gets the first five digits of
 * the SHA-1, answers the rest of every hash that begins so, and cannot tell which of them was meant.
 */
@Injectable()
export class BreachedPasswords {
  private readonly logger = new Logger('BreachedPasswords');
  private readonly checks: Counter<'outcome'>;

  constructor(
    @Inject(passwordConfig.token) private readonly config: PasswordConfig,
    metrics: Metrics,
  ) {
    this.checks = new Counter({
      name: 'auth_breached_password_checks_total',
      help: 'New passwords that were looked up among the breached ones.',
      labelNames: ['outcome'],
      registers: [metrics.registry],
    });
  }

  /** False also when the service does not answer: who chooses a password cannot help that. */
  async includes(password: string): Promise<boolean> {
    const url = this.config.AUTH_BREACHED_PASSWORDS_URL;
    if (!url) return false;
    try {
      const found = await lookUp(url, password);
      this.checks.inc({ outcome: found ? 'breached' : 'unknown' });
      return found;
    } catch (error) {
      this.checks.inc({ outcome: 'failed' });
      // The reason names neither the password nor any digit of its hash.
      this.logger.warn({ message: 'breached passwords cannot be looked up', reason: (error as Error).name });
      return false;
    }
  }
}

async function lookUp(url: string, password: string): Promise<boolean> {
  const hash = createHash('sha1').update(password).digest('hex').toUpperCase();
  const response = await fetch(`${url.replace(/\/$/, '')}/range/${hash.slice(0, 5)}`, {
    // Without padding, the length of the encrypted answer would tell who listens which range it was.
    headers: { 'add-padding': 'true', accept: 'text/plain', 'user-agent': 'keelson' },
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!response.ok) throw Object.assign(new Error(), { name: `status ${response.status}` });
  const lines = (await textOf(response)).split('\n').map((line) => line.trim().toUpperCase());
  // Padding is lines with a count of 0.
  return lines.some((line) => line.startsWith(`${hash.slice(5)}:`) && !/:0+$/.test(line));
}

async function textOf({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) throw new RangeError('The answer is too long.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
