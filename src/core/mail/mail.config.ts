import { z } from 'zod';
import { productName } from '../product';
import { configuration, development, type ConfigurationOf } from '../config/configuration';

export const mailConfig = configuration('mail', {
  SMTP_URL: development(
    z.url({ protocol: /^smtps?$/, error: 'is not an smtp:// or smtps:// address' }),
    'smtp://127.0.0.1:1025',
  ).describe(
    'Address of the mail server, smtps://user:password@host:465 or smtp://user:password@host:587. Other machines must offer STARTTLS, unless the address ends in ?requireTLS=false.',
  ),
  MAIL_FROM: development(
    z.string().regex(/^[^\p{Cc}<>",]+ <[^\s<>@,]+@[^\s<>@,]+>$/u, 'is not like: Name <address@example.com>'),
    `${productName} <no-reply@keelson.example>`,
  ).describe('Who mails come from: Name <address@example.com>.'),
});

export type MailConfig = ConfigurationOf<typeof mailConfig>;
