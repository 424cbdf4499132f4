import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type FindOptionsWhere, Not, Repository } from 'typeorm';
import { Authentication } from '../../../core/auth/authentication';
import { Database } from '../../../core/database/database';
import { currentClient } from '../../../core/http/client';
import { defineProblem } from '../../../core/http/problem';
import type { Method } from '../sign-in/sign-in';
import { Session } from './session.entity';
import { SessionLifetime } from './session-lifetime';

export const SessionNotFound = defineProblem(
  'not-found',
  'session_not_found',
  'You have no such session',
  'GET /v1/me/sessions lists the sessions that are open.',
);

const END_SURPLUS = `
  delete from auth_sessions where user_id = $1 and id in (
    select id from auth_sessions where user_id = $1 and id <> $2
    order by last_used_at desc, id desc offset $3
  ) returning id`;

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

  /** Notes the use of a session, and runs `work` before anybody else uses or ends it; null when it has ended. */
  use<T>(id: string, work: (session: Session) => Promise<T>): Promise<T | null> {
    return this.database.transaction(async () => {
      const open = { id, ...this.lifetime.open() };
      const { affected } = await this.sessions.update(open, { lastUsedAt: () => 'now()' });
      return affected ? work(await this.sessions.findOneByOrFail({ id })) : null;
    });
  }

  setOrganization(id: string, userId: string, organizationId: string | null): Promise<Session> {
    return this.change(id, userId, { organizationId });
  }

  /** From now on this cookie is the session's, and no earlier one. */
  async setCookie(id: string, userId: string, cookieHash: Buffer): Promise<void> {
    await this.change(id, userId, { cookieHash });
  }

  /** Notes that the owner proved once more who they are. */
  async setProved({ id, userId, methods }: Session, method: Method): Promise<void> {
    const all = [...new Set([...methods, method])];
    await this.change(id, userId, { methods: all, authenticatedAt: new Date() });
  }

  async get(id: string, userId: string): Promise<Session> {
    const session = await this.sessions.findOneBy({ id, userId });
    if (!session) throw SessionNotFound();
    return session;
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

  /** Ends the session that the cookie belongs to, if there is one. */
  async revokeCookie(cookieHash: Buffer): Promise<void> {
    const session = await this.sessions.findOneBy({ cookieHash });
    if (session) await this.revoke(session.id);
  }

  /** Ends the least used sessions of the user beyond those that one may have; `keep` stays. */
  async endSurplus(userId: string, keep: string): Promise<void> {
    const [ended] = await this.sessions.query(END_SURPLUS, [userId, keep, this.lifetime.most - 1]);
    for (const { id } of ended) await this.authentication.invalidate({ sessionId: id });
  }

  /** Takes effect at once here, and within a second on every other instance. */
  private change(id: string, userId: string, changes: Partial<Session>): Promise<Session> {
    return this.database.transaction(async () => {
      const { affected } = await this.sessions.update({ id, userId }, changes);
      if (!affected) throw SessionNotFound();
      await this.authentication.invalidate({ sessionId: id });
      return this.get(id, userId);
    });
  }

  private remove(which: FindOptionsWhere<Session>, subject: { userId: string } | { sessionId: string }) {
    return this.database.transaction(async () => {
      const { affected } = await this.sessions.delete(which);
      await this.authentication.invalidate(subject);
      return Boolean(affected);
    });
  }
}
