import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { defineProblem } from '../../../core/http/problem';
import { networkOf } from '../../../core/http/rate-limits/network';
import { authConfig, type AuthConfig } from '../auth.config';
import { LoginAttempt } from './login-attempt.entity';

export const TooManyAttempts = defineProblem(
  'too-many',
  'too_many_attempts',
  'Too many wrong passwords',
  'Wait for the seconds in `Retry-After`, or sign in another way: by mail at POST /v1/auth/magic-link, or with a new password from POST /v1/auth/password/reset.',
);

/** The longest wait, in seconds, for an account from one network, and from all networks that are not its owner's. */
const LONGEST = { network: 900, account: 60 };

/**
 * Counts the attempt as failed before the password is looked at, so that many at once cannot pass on one count.
 * From the limit on each attempt doubles the wait; an hour without one clears the count.
 * No wait is one that ended long ago: `now()` may be later than that of a statement that was waiting for the row.
 */
const RESERVE = `
  insert into auth_login_attempts as a (subject, blocked_until) select $1::bytea, '-infinity' where $4::boolean
  on conflict (subject) do update set
    failures = case when a.attempted_at < now() - interval '1 hour' then 1 else a.failures + 1 end,
    attempted_at = now(),
    blocked_until = case
      when a.attempted_at < now() - interval '1 hour' or a.failures + 1 < $2 then '-infinity'
      else now() + make_interval(secs => least(power(2, least(a.failures + 1 - $2, 10)), $3)) end
  where a.blocked_until <= now()
  returning coalesce(signed_in_at > now() - interval '90 days', false) as known`;

/** Takes one attempt back, or all of them. */
const FORGIVE = `
  update auth_login_attempts set blocked_until = '-infinity',
    failures = case when $2 then 0 else greatest(failures - 1, 0) end
  where subject = $1`;

/** The subject is that of the user's address and the network: {@link subjectOf}. */
const SIGNED_IN = `
  insert into auth_login_attempts (subject, failures, blocked_until, signed_in_at)
  select sha256(convert_to(concat_ws(E'\\n', email, $2::text), 'UTF8')), 0, '-infinity', now() from users where id = $1
  on conflict (subject) do update set signed_in_at = now()`;

const WAIT = `
  select ceil(extract(epoch from blocked_until - now()))::int as seconds
  from auth_login_attempts where subject = $1`;

/** Hashed, so that the table names neither addresses nor people. */
const subjectOf = (...parts: string[]): Buffer => createHash('sha256').update(parts.join('\n')).digest();

/**
 * Slows down guessing at one account: from one network, and from many together. A network from which the owner signed
 * in during the last 90 days counts by itself alone, so that a stranger cannot lock the owner out from elsewhere. From
 * a new network the owner waits a minute at most, or signs in by mail. Unknown accounts are counted alike, so that
 * nothing tells whether there is one. In the database, and so exact however many instances there are.
 */
@Injectable()
export class LoginAttempts {
  constructor(
    @InjectRepository(LoginAttempt) private readonly attempts: Repository<LoginAttempt>,
    @Inject(authConfig.token) private readonly config: AuthConfig,
  ) {}

  /**
   * What the check of a password gives, null when it was wrong, unless there were too many wrong ones.
   * @throws Problem too_many_attempts
   */
  async guard<T>(email: string, address: string, check: () => Promise<T | null>): Promise<T | null> {
    const [network, account] = [subjectOf(email, networkOf(address)), subjectOf(email)];
    const { AUTH_LOGIN_ATTEMPTS: fromNetwork, AUTH_ACCOUNT_ATTEMPTS: fromAll } = this.config;
    const counted = await this.reserve(network, fromNetwork, LONGEST.network);
    if (!counted) throw await this.refusal(network);
    const stranger = !counted.known;
    const countedToo = await this.reserve(account, fromAll, LONGEST.account, stranger);
    if (stranger && !countedToo) {
      await this.attempts.query(FORGIVE, [network, false]);
      throw await this.refusal(account);
    }
    const result = await check();
    if (result === null) return null;
    await this.attempts.query(FORGIVE, [network, true]);
    if (stranger) await this.attempts.query(FORGIVE, [account, false]);
    return result;
  }

  /** Notes a network from which somebody got in: the owner, most likely. Joins the running transaction. */
  async signedIn(userId: string, address: string): Promise<void> {
    await this.attempts.query(SIGNED_IN, [userId, networkOf(address)]);
  }

  /** Undefined when the subject has to wait, or does not count. */
  private async reserve(
    subject: Buffer,
    limit: number,
    longest: number,
    counts = true,
  ): Promise<{ known: boolean } | undefined> {
    const rows = await this.attempts.query(RESERVE, [subject, limit, longest, counts]);
    return rows[0];
  }

  private async refusal(subject: Buffer) {
    const [wait] = await this.attempts.query(WAIT, [subject]);
    return TooManyAttempts({ headers: { 'retry-after': String(Math.max(wait?.seconds ?? 1, 1)) } });
  }
}
