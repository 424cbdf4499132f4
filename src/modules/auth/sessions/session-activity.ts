import { Injectable, Logger, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, Repository } from 'typeorm';
import { Session } from './session.entity';

const EVERY_MS = 60_000;

/** Writes down which sessions were used, once a minute for all of them, so that no request waits for it. */
@Injectable()
export class SessionActivity implements OnModuleInit, BeforeApplicationShutdown {
  private readonly logger = new Logger('SessionActivity');
  private used = new Set<string>();
  private timer?: NodeJS.Timeout;

  constructor(@InjectRepository(Session) private readonly sessions: Repository<Session>) {}

  onModuleInit(): void {
    this.timer = setInterval(() => void this.flush(), EVERY_MS).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.flush();
  }

  touch(sessionId: string): void {
    this.used.add(sessionId);
  }

  async flush(): Promise<void> {
    const ids = [...this.used];
    this.used = new Set();
    if (ids.length === 0) return;
    try {
      await this.sessions.update({ id: In(ids) }, { lastUsedAt: () => 'now()' });
    } catch (error) {
      this.logger.warn({ message: 'use of sessions not noted', sessions: ids.length, error: String(error) });
    }
  }
}
