import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { defineProblem } from '../../../core/http/problem';
import { authConfig, type AuthConfig } from '../auth.config';
import { LoginAttempt } from './login-attempt.entity';

export const TooManyAttempts = defineProblem(
  'too-many',
  'too_many_attempts',
  'Too many wrong passwords',
  'Wait for the seconds in `Retry-After`, or reset the password at POST /v1/auth/password/reset.',
);

/**
 * Counts the attempt as failed before the password is looked at, so that many at once cannot pass on one count.
 * From the limit on each attempt doubles the wait, to 15 minutes at most; an hour without one clears the count.
 */
const RESERVE = `
  insert into auth_login_attempts as a (subject) values ($1)
  on conflict (subject) do update set
    failures = case when a.attempted_at < now() - interval '1 hour' then 1 else a.failures + 1 end,
    attempted_at = now(),
    blocked_until = now() + case
      when a.attempted_at < now() - interval '1 hour' or a.failures + 1 < $2 then interval '0'
      else least(interval '1 second' * power(2, least(a.failures + 1 - $2, 10)), interval '15 minutes') end
  where a.blocked_until <= now()
  returning failures`;

const WAIT = `
  select ceil(extract(epoch from blocked_until - now()))::int as seconds
  from auth_login_attempts where subject = $1`;

/**
 * Slows down guessing at one account. Counted by account and network, so that a stranger cannot lock the owner out;
 * unknown accounts are counted alike, so that the answer does not tell whether there is one.
 */
@Injectable()
export class LoginAttempts {
  constructor(
    @InjectRepository(LoginAttempt) private readonly attempts: Repository<LoginAttempt>,
    @Inject(authConfig.token) private readonly config: AuthConfig,
  ) {}

  /** Runs the check of a password, unless there were too many wrong ones. @throws Problem too_many_attempts */
  async guard(email: string, address: string, check: () => Promise<string | null>): Promise<string | null> {
    const key = createHash('sha256')
      .update(`${email}\n${networkOf(address)}`)
      .digest();
    const counted: unknown[] = await this.attempts.query(RESERVE, [key, this.config.AUTH_LOGIN_ATTEMPTS]);
    if (counted.length === 0) throw await this.refusal(key);
    const right = await check();
    if (right) await this.attempts.delete({ subject: key });
    return right;
  }

  private async refusal(key: Buffer) {
    const [wait] = await this.attempts.query(WAIT, [key]);
    return TooManyAttempts({ headers: { 'retry-after': String(Math.max(wait?.seconds ?? 1, 1)) } });
  }
}

/** The part of an address that one subscriber holds: an IPv6 /64, an IPv4 address. */
export function networkOf(address: string): string {
  if (!isIPv6(address) || address.startsWith('::ffff:')) return address.replace(/^::ffff:/, '');
  const [head = '', tail = ''] = address.split('%', 1)[0]!.split('::');
  const left = head.split(':').filter(Boolean);
  const right = tail.split(':').filter(Boolean);
  const zeros = address.includes('::') ? Array<string>(8 - left.length - right.length).fill('0') : [];
  return [...left, ...zeros, ...right].slice(0, 4).join(':');
}
