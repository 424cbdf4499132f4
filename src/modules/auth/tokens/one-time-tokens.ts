import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { MoreThan, Repository } from 'typeorm';
import { defineProblem } from '../../../core/http/problem';
import { authConfig, type AuthConfig } from '../auth.config';
import { hashOf, newToken } from './opaque-token';
import { OneTimeToken } from './one-time-token.entity';

export type OneTimeKind = OneTimeToken['kind'];

/** What a token takes along until it is redeemed. */
export interface Luggage {
  /** The password that counts from then on. */
  readonly passwordHash?: string;
  /** Of the secret that has to be shown with the token. */
  readonly bindingHash?: Buffer;
}

export const TokenNotUsable = defineProblem(
  'invalid',
  'token_not_usable',
  'This token was used, has expired, or was never given out',
  'Ask for a new mail and use the token in it.',
);

/** Issues a token, unless the address got enough mail within the hour. The caller holds the user, so the count is right. */
const ISSUE = `
  insert into auth_one_time_tokens (hash, kind, user_id, password_hash, expires_at, binding_hash)
  select $1, $2, $3, coalesce($4, (
      select password_hash from auth_one_time_tokens where user_id = $3 and kind = $2
      order by created_at desc limit 1
    )), now() + make_interval(secs => $5), $7
  where (
    select count(*) from auth_one_time_tokens
    where user_id = $3 and kind = $2 and created_at > now() - interval '1 hour'
  ) < $6
  returning hash`;

/**
 * Redeems a token. Of two at once one finds the row. Whoever shows it with another binding finds none, and the token
 * stays: programs that look into mails, or a thief, cannot use up the link of somebody who waits for it.
 */
const REDEEM = `
  delete from auth_one_time_tokens where hash = $1 and kind = $2 and expires_at > now() and binding_hash is not distinct from $3
  returning user_id as "userId", password_hash as "passwordHash"`;

/** Tokens that are mailed: random, stored as hashes, of one kind, for one use. */
@Injectable()
export class OneTimeTokens {
  constructor(
    @InjectRepository(OneTimeToken) private readonly tokens: Repository<OneTimeToken>,
    @Inject(authConfig.token) private readonly config: AuthConfig,
  ) {}

  /** A new token, or null when the user got as many of the kind as an hour allows. The caller has made or holds the user. */
  async issue(
    kind: OneTimeKind,
    userId: string,
    { passwordHash, bindingHash }: Luggage = {},
  ): Promise<string | null> {
    const token = newToken(kind);
    const rows: unknown[] = await this.tokens.query(ISSUE, [
      hashOf(kind, token),
      kind,
      userId,
      passwordHash ?? null,
      this.secondsOf(kind),
      this.config.AUTH_MAILS_PER_HOUR,
      bindingHash ?? null,
    ]);
    return rows.length > 0 ? token : null;
  }

  /** Whose token it is; it stays. @throws Problem token_not_usable */
  async userOf(kind: OneTimeKind, token: string): Promise<string> {
    const found = await this.tokens.findOneBy({
      hash: hashOf(kind, token),
      kind,
      expiresAt: MoreThan(new Date()),
    });
    if (!found) throw TokenNotUsable();
    return found.userId;
  }

  /** Makes every other token of the kind and user worthless, too. @throws Problem token_not_usable */
  async redeem(
    kind: OneTimeKind,
    token: string,
    bindingHash: Buffer | null = null,
  ): Promise<{ userId: string; passwordHash: string | null }> {
    const [rows] = await this.tokens.query(REDEEM, [hashOf(kind, token), kind, bindingHash]);
    if (!rows[0]) throw TokenNotUsable();
    await this.tokens.delete({ userId: rows[0].userId, kind });
    return rows[0];
  }

  /** Makes every token of the user worthless. */
  async removeOf(userId: string): Promise<void> {
    await this.tokens.delete({ userId });
  }

  secondsOf(kind: OneTimeKind): number {
    const { config } = this;
    const seconds: Record<OneTimeKind, number> = {
      email_verification: config.AUTH_VERIFICATION_SECONDS,
      password_reset: config.AUTH_PASSWORD_RESET_SECONDS,
      magic_link: config.AUTH_MAGIC_LINK_SECONDS,
    };
    return seconds[kind];
  }
}
