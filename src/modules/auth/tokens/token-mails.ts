import { Inject, Injectable } from '@nestjs/common';
import { Mail } from '../../../core/mail/mail';
import type { User } from '../../users/user.entity';
import { authConfig, type AuthConfig } from '../auth.config';
import { MAIL_TEXTS, type MailReason, mailText } from './mail-texts';
import { type Luggage, OneTimeTokens } from './one-time-tokens';

/** Mails that carry a one-time token. */
@Injectable()
export class TokenMails {
  constructor(
    private readonly tokens: OneTimeTokens,
    private readonly mail: Mail,
    @Inject(authConfig.token) private readonly config: AuthConfig,
  ) {}

  /** Sends nothing to an address that got its share within the hour. Joins the transaction that has made or holds the user. */
  async send(reason: MailReason, user: User, luggage?: Luggage): Promise<void> {
    const kind = reason === 'known_address' ? 'password_reset' : reason;
    const token = await this.tokens.issue(kind, user.id, luggage);
    if (!token) return;
    const seconds = this.tokens.secondsOf(kind);
    const pagesUrl = this.config.AUTH_PAGES_URL;
    await this.mail.send({
      to: user.email,
      subject: MAIL_TEXTS[reason].subject,
      text: mailText(reason, { name: user.name, token, seconds, pagesUrl }),
    });
  }
}
