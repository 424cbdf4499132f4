import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { Database } from '../../../../core/database/database';
import { defineProblem } from '../../../../core/http/problem';
import { defineSecurityEvent } from '../../../../core/security-events/security-events';
import { FactorNotices } from '../factor-notices';
import { CodeAttempt } from './code-attempt.entity';

export const TooManyCodes = defineProblem(
  'too-many',
  'too_many_codes',
  'Too many wrong codes',
  'Wait for the seconds in `Retry-After`, or use a recovery code or a passkey, which need not wait.',
);

const codesGuessed = defineSecurityEvent(
  'auth.codes_guessed',
  'Somebody sent many wrong codes for your account.',
);
const ADVICE =
  'Only who has your password, or uses your device, gets so far as to be asked for a code. From now on each wrong code ' +
  'doubles the wait until the next; recovery codes and passkeys need not wait.';

/** Wrong codes in a row before the delays begin. */
const FREE = 10;

/**
 * Counts the attempt as failed before the code is looked at, so that many at once cannot pass on one count. From the
 * limit on each doubles the wait, from 30 seconds to an hour: about 40 guesses in the first day, 24 in each that
 * follows, three codes in a million being right. A day without an attempt clears the count.
 */
const RESERVE = `
  insert into auth_code_attempts as a (user_id) values ($1)
  on conflict (user_id) do update set
    failures = case when a.attempted_at < now() - interval '1 day' then 1 else a.failures + 1 end,
    attempted_at = now(),
    blocked_until = case
      when a.attempted_at < now() - interval '1 day' or a.failures + 1 < $2 then null
      else now() + least(interval '30 seconds' * power(2, least(a.failures + 1 - $2, 7)), interval '1 hour') end
  where a.blocked_until is null or a.blocked_until <= now()
  returning failures`;

const WAIT = `
  select ceil(extract(epoch from blocked_until - now()))::int as seconds from auth_code_attempts where user_id = $1`;

/**
 * Slows down guessing at the codes of one account, from wherever the guesses come. A stranger cannot use it to keep
 * the owner out: nobody is asked for a code before they have shown the first factor. Who has stolen that can, so what
 * cannot be guessed goes past it: recovery codes and passkeys.
 */
@Injectable()
export class CodeAttempts {
  constructor(
    @InjectRepository(CodeAttempt) private readonly attempts: Repository<CodeAttempt>,
    private readonly database: Database,
    private readonly notices: FactorNotices,
  ) {}

  /** Runs the check of a code, unless there were too many wrong ones. @throws Problem too_many_codes */
  async guard(userId: string, check: () => Promise<boolean>): Promise<boolean> {
    const [counted]: { failures: number }[] = await this.attempts.query(RESERVE, [userId, FREE]);
    if (!counted) throw await this.refusal(userId);
    const right = await check();
    if (right) await this.attempts.delete({ userId });
    else if (counted.failures === FREE) {
      await this.database.transaction(() => this.notices.tell(codesGuessed, userId, ADVICE));
    }
    return right;
  }

  private async refusal(userId: string) {
    const [wait] = await this.attempts.query(WAIT, [userId]);
    return TooManyCodes({ headers: { 'retry-after': String(Math.max(wait?.seconds ?? 1, 1)) } });
  }
}
