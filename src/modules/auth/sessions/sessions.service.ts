import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type FindOptionsWhere, Not, Repository } from 'typeorm';
import { Authentication } from '../../../core/auth/authentication';
import { Database } from '../../../core/database/database';
import { currentClient } from '../../../core/http/client';
import { defineProblem } from '../../../core/http/problem';
import { Session } from './session.entity';
import { SessionLifetime } from './session-lifetime';

export const SessionNotFound = defineProblem(
  'not-found',
  'session_not_found',
  'You have no such session',
  'GET /v1/me/sessions lists the sessions that are open.',
);

/** The caller's own sessions. Ending one takes effect at once here and within a second on every other instance. */
@Injectable()
export class SessionsService {
  constructor(
    @InjectRepository(Session) private readonly sessions: Repository<Session>,
    private readonly database: Database,
    private readonly lifetime: SessionLifetime,
    private readonly authentication: Authentication,
  ) {}

  async create(fields: Pick<Session, 'userId' | 'organizationId' | 'methods'>): Promise<Session> {
    const session = this.sessions.create({
      ...fields,
      ...currentClient(),
      authenticatedAt: new Date(),
      lastUsedAt: new Date(),
      expiresAt: this.lifetime.endFrom(new Date()),
    });
    await this.sessions.insert(session);
    return session;
  }

  /** The 100 that were used last. */
  list(userId: string): Promise<Session[]> {
    const where = { userId, ...this.lifetime.open() };
    return this.sessions.find({ where, order: { lastUsedAt: 'DESC' }, take: 100 });
  }

  /** Notes the use of a session; null when it has ended. */
  async use(id: string): Promise<Session | null> {
    const open = { id, ...this.lifetime.open() };
    const { affected } = await this.sessions.update(open, { lastUsedAt: () => 'now()' });
    return affected ? this.sessions.findOneBy({ id }) : null;
  }

  async setOrganization(id: string, userId: string, organizationId: string | null): Promise<void> {
    const { affected } = await this.sessions.update({ id, userId }, { organizationId });
    if (!affected) throw SessionNotFound();
  }

  /** Seconds until the session ends if it is not used from now on. */
  secondsLeft(session: Session): number {
    return Math.max(0, Math.round((this.lifetime.endOf(session) - Date.now()) / 1000));
  }

  /** @throws Problem session_not_found */
  async end(id: string, userId: string): Promise<void> {
    if (!(await this.remove({ id, userId }, { sessionId: id }))) throw SessionNotFound();
  }

  /** Ends a session of whoever it is; one that has ended already is no error. */
  async revoke(id: string): Promise<void> {
    await this.remove({ id }, { sessionId: id });
  }

  /** Ends every session of the user, or every one but `except`. */
  async endAll(userId: string, except?: string): Promise<void> {
    await this.remove({ userId, ...(except && { id: Not(except) }) }, { userId });
  }

  private remove(which: FindOptionsWhere<Session>, subject: { userId: string } | { sessionId: string }) {
    return this.database.transaction(async () => {
      const { affected } = await this.sessions.delete(which);
      await this.authentication.invalidate(subject);
      return Boolean(affected);
    });
  }
}
