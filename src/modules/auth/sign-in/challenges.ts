import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { z } from 'zod';
import { defineProblem } from '../../../core/http/problem';
import { hashOf, newToken, type TokenKind } from '../tokens/opaque-token';
import { Challenge } from './challenge.entity';

export const ChallengeNotUsable = defineProblem(
  'invalid',
  'challenge_not_usable',
  'This challenge was used, has expired, or was answered wrongly too often',
  'Begin again with the request that gave you the challenge.',
);

/** How often a challenge that stays may be answered. */
const ATTEMPTS = 5;

/** One sort of challenge: who keeps what for how long. */
export interface ChallengeKind<T extends z.ZodType> {
  readonly name: string;
  readonly schema: T;
  readonly seconds: number;
  /** What its tokens look like; `challenge` unless it is said. */
  readonly token?: TokenKind;
}

const tokenOf = (kind: Pick<ChallengeKind<z.ZodType>, 'token'>): TokenKind => kind.token ?? 'challenge';

const TAKE = `
  delete from auth_challenges where hash = $1 and kind = $2 and expires_at > now() returning content`;

const ATTEMPT = `
  update auth_challenges set attempts = attempts + 1
  where hash = $1 and kind = $2 and expires_at > now() and attempts < $3 returning content`;

/** What a sign-in of several steps remembers between them, in the database: any instance may get the next step. */
@Injectable()
export class Challenges {
  constructor(@InjectRepository(Challenge) private readonly challenges: Repository<Challenge>) {}

  /** The token under which `content` is kept. With a user it goes when the account does. */
  async issue<T extends z.ZodType>(
    kind: ChallengeKind<T>,
    content: z.output<T>,
    userId?: string,
  ): Promise<string> {
    const token = newToken(tokenOf(kind));
    await this.challenges.insert({
      hash: hashOf(tokenOf(kind), token),
      kind: kind.name,
      userId: userId ?? null,
      content: content as object,
      attempts: 0,
      expiresAt: new Date(Date.now() + kind.seconds * 1000),
    });
    return token;
  }

  /** What was kept; of many who ask one gets it. @throws Problem challenge_not_usable */
  async take<T extends z.ZodType>(kind: ChallengeKind<T>, token: string): Promise<z.output<T>> {
    return this.content(kind, await this.challenges.query(TAKE, [hashOf(tokenOf(kind), token), kind.name]));
  }

  /** What was kept, which stays for another attempt, five in all; {@link take} it once it was answered rightly. */
  async attempt<T extends z.ZodType>(kind: ChallengeKind<T>, token: string): Promise<z.output<T>> {
    const values = [hashOf(tokenOf(kind), token), kind.name, ATTEMPTS];
    return this.content(kind, await this.challenges.query(ATTEMPT, values));
  }

  /** What the user began and did not end is worth nothing any more. */
  async removeOf(userId: string): Promise<void> {
    await this.challenges.delete({ userId });
  }

  private content<T extends z.ZodType>(
    { schema }: ChallengeKind<T>,
    [rows]: [{ content: unknown }[]],
  ): z.output<T> {
    if (!rows[0]) throw ChallengeNotUsable();
    return schema.parse(rows[0].content);
  }
}
