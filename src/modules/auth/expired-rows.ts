import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../../core/database/database';
import { Jobs } from '../../core/jobs/jobs';
import { UsersService } from '../users/users.service';
import { authConfig, type AuthConfig } from './auth.config';

/** What nobody can use any more. A used refresh token is remembered for a week, to notice who shows it again. */
const STATEMENTS: Array<{ sql: string; seconds?: (config: AuthConfig) => number }> = [
  {
    sql: 'delete from auth_sessions where expires_at < now() or last_used_at < now() - make_interval(secs => $1)',
    seconds: (config) => config.AUTH_SESSION_IDLE_SECONDS,
  },
  { sql: `delete from auth_refresh_tokens where used_at < now() - interval '7 days'` },
  {
    // What opens it is the used token itself, so it must not wait for who finds both.
    sql: `
      update auth_refresh_tokens set sealed_successor = null
      where sealed_successor is not null and used_at < now() - make_interval(secs => $1)`,
    seconds: (config) => config.AUTH_REFRESH_GRACE_SECONDS,
  },
  { sql: 'delete from auth_one_time_tokens where expires_at < now()' },
  { sql: 'delete from auth_challenges where expires_at < now()' },
  {
    sql: `delete from auth_login_attempts
      where attempted_at < now() - interval '1 hour' and blocked_until < now()
        and coalesce(signed_in_at < now() - interval '90 days', true)`,
  },
  {
    // The newest place of all stays: after it the next one is news, however long ago it was.
    sql: `delete from auth_known_places old where last_used_at < now() - interval '180 days' and exists (
      select from auth_known_places newer
      where newer.user_id = old.user_id and newer.last_used_at > old.last_used_at)`,
  },
  { sql: `delete from auth_code_attempts where attempted_at < now() - interval '1 day'` },
  {
    sql: 'delete from auth_keys where retired_at < now() - make_interval(secs => $1)',
    seconds: (config) => config.AUTH_ACCESS_TOKEN_SECONDS * 2,
  },
];

/** Who asked for a mail a while ago may be about to verify. */
const ABOUT_TO_VERIFY =
  'select distinct user_id as "userId" from auth_one_time_tokens where expires_at > now()';

/** Deletes expired rows once an hour. Nothing relies on it: every look-up asks for rows that are still good. */
@Injectable()
export class ExpiredRows implements OnModuleInit {
  constructor(
    private readonly jobs: Jobs,
    private readonly database: Database,
    private readonly users: UsersService,
    @Inject(authConfig.token) private readonly config: AuthConfig,
  ) {}

  onModuleInit(): void {
    this.jobs.every('auth.expired_rows', '17 * * * *', () => this.remove());
  }

  async remove(): Promise<void> {
    for (const { sql, seconds } of STATEMENTS) {
      await this.database.manager.query(sql, seconds ? [seconds(this.config)] : []);
    }
    const waiting: { userId: string }[] = await this.database.manager.query(ABOUT_TO_VERIFY);
    const keep = waiting.map(({ userId }) => userId);
    await this.users.removeUnverified(this.config.AUTH_UNVERIFIED_DAYS, keep);
  }
}
