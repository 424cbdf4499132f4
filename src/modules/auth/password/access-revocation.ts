import { Injectable } from '@nestjs/common';
import { SessionsService } from '../sessions/sessions.service';
import { Challenges } from '../sign-in/challenges';
import { OneTimeTokens } from '../tokens/one-time-tokens';

/** The end of everything that somebody may hold who knew an old password. */
@Injectable()
export class AccessRevocation {
  constructor(
    private readonly sessions: SessionsService,
    private readonly tokens: OneTimeTokens,
    private readonly challenges: Challenges,
  ) {}

  /** Ends every session but `keep`, and what was mailed or begun. Joins the running transaction. */
  async revoke(userId: string, keep?: string): Promise<void> {
    await this.tokens.removeOf(userId);
    await this.challenges.removeOf(userId);
    await this.sessions.endAll(userId, keep);
  }
}
