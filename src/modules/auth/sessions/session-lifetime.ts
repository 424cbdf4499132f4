import { Inject, Injectable } from '@nestjs/common';
import { MoreThan } from 'typeorm';
import { authConfig, type AuthConfig } from '../auth.config';
import type { Session } from './session.entity';

/** How long sessions last, a while without use and at the very most from their log-in, and how many one may have. */
@Injectable()
export class SessionLifetime {
  constructor(@Inject(authConfig.token) private readonly config: AuthConfig) {}

  /** How many sessions a user may have at once. */
  get most(): number {
    return this.config.AUTH_SESSIONS_MAX;
  }

  endFrom(start: Date): Date {
    return new Date(start.getTime() + this.config.AUTH_SESSION_SECONDS * 1000);
  }

  /** The moment at which the session ends if it is not used from now on, in milliseconds since the epoch. */
  endOf({ lastUsedAt, expiresAt }: Pick<Session, 'lastUsedAt' | 'expiresAt'>): number {
    const idle = lastUsedAt.getTime() + this.config.AUTH_SESSION_IDLE_SECONDS * 1000;
    return Math.min(idle, expiresAt.getTime());
  }

  /** The condition of sessions that go on. */
  open() {
    return { expiresAt: MoreThan(new Date()), lastUsedAt: MoreThan(this.idleSince()) };
  }

  private idleSince(): Date {
    return new Date(Date.now() - this.config.AUTH_SESSION_IDLE_SECONDS * 1000);
  }
}
