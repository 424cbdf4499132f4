import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { type Client, currentClient } from '../../../core/http/client';
import { deviceOf } from '../../../core/http/device';
import { networkOf } from '../../../core/http/rate-limits/network';
import { Mail } from '../../../core/mail/mail';
import { defineSecurityEvent, SecurityEvents } from '../../../core/security-events/security-events';
import { UsersService } from '../../users/users.service';
import { KnownPlace } from './known-place.entity';
import type { Proof } from './sign-in';

const signedIn = defineSecurityEvent('auth.signed_in', 'Somebody signed in to your account.');

/** Of many at once from one new place one finds it new. The first place of all is no news: the account is new. */
const ENTER = `
  with place as (
    insert into auth_known_places (user_id, place) values ($1, $2)
    on conflict (user_id, place) do update set last_used_at = now()
    returning xmax = 0 as is_new)
  select is_new and exists (select from auth_known_places where user_id = $1) as news from place`;

/** What a client claims to be goes into a mail only if it cannot be read as anything else. */
const PLAIN = /^[A-Za-z0-9 _-]{1,40}$/;

/** Tells owners that somebody signed in: in the ledger, and from a new place by mail (OWASP ASVS 5.0, 6.3.5). */
@Injectable()
export class SignInNotices {
  constructor(
    @InjectRepository(KnownPlace) private readonly places: Repository<KnownPlace>,
    private readonly events: SecurityEvents,
    private readonly users: UsersService,
    private readonly mail: Mail,
  ) {}

  /** Joins the running transaction; the mail is sent by the worker when it has committed. */
  async tell({ userId, methods }: Proof, tenantId: string | null): Promise<void> {
    const client = currentClient();
    const newPlace = await this.isNews(userId, client);
    const details = { methods: methods.join(' '), newPlace };
    await this.events.record(signedIn, { userId, tenantId, details });
    if (newPlace) await this.write(userId, client);
  }

  private async isNews(userId: string, { address, userAgent }: Client): Promise<boolean> {
    const parts = [deviceOf(userAgent) ?? '', networkOf(address ?? '')];
    const place = createHash('sha256').update(parts.join('\n')).digest();
    const [found] = await this.places.query(ENTER, [userId, place]);
    return found.news;
  }

  private async write(userId: string, { address, userAgent }: Client): Promise<void> {
    const { email, name } = await this.users.get(userId);
    const device = deviceOf(userAgent) ?? '';
    const from = PLAIN.test(device) ? device : 'an unknown device';
    const at = `${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC`;
    const text = [
      `Hello ${name},`,
      `A new sign-in to your account from ${from}, ${address ?? 'an unknown address'}, at ${at}.`,
      'If this was you, there is nothing to do.',
      'If it was not, choose a new password at once: ask for a mail at POST /v1/auth/password/reset. That also ends every session.',
    ].join('\n\n');
    await this.mail.send({ to: email, subject: 'A new sign-in to your account', text });
  }
}
