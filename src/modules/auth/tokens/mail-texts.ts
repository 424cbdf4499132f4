import type { OneTimeKind } from './one-time-tokens';

/** Why somebody gets a mail. `known_address` goes to an owner whose address was registered again. */
export type MailReason = OneTimeKind | 'known_address';

interface MailText {
  readonly subject: string;
  readonly reason: string;
  readonly page: string;
  readonly route: string;
}

export const MAIL_TEXTS: Record<MailReason, MailText> = {
  email_verification: {
    subject: 'Confirm your e-mail address',
    reason: 'Please confirm that this address is yours.',
    page: 'verify-email',
    route: 'PUT /v1/auth/email/verification',
  },
  password_reset: {
    subject: 'Choose a new password',
    reason: 'Somebody, probably you, asked to choose a new password.',
    page: 'reset-password',
    route: 'PUT /v1/auth/password/reset',
  },
  magic_link: {
    subject: 'Sign in',
    reason:
      'Somebody, probably you, asked to sign in with this address. The link works only in the browser in which it ' +
      'was asked for; nobody of us will ever ask you for it.',
    page: 'magic-link',
    route: 'PUT /v1/auth/magic-link',
  },
  known_address: {
    subject: 'You already have an account',
    reason:
      'Somebody, probably you, tried to register with this address, which has an account already. ' +
      'Sign in as usual; if you forgot your password, you can choose a new one.',
    page: 'reset-password',
    route: 'PUT /v1/auth/password/reset',
  },
};

interface Filling {
  readonly name: string;
  readonly token: string;
  readonly seconds: number;
  /** Front end with a page for the token, which goes into the fragment: servers and their logs never see it. */
  readonly pagesUrl?: string;
}

export function mailText(reason: MailReason, { name, token, seconds, pagesUrl }: Filling): string {
  const { page, route, ...text } = MAIL_TEXTS[reason];
  const link = pagesUrl && `${pagesUrl.replace(/\/$/, '')}/${page}#token=${token}`;
  const way = link ? `Open this page:\n\n${link}` : `Send this token to ${route}:\n\n${token}`;
  return [
    `Hello ${name},`,
    text.reason,
    way,
    `It works once, within ${duration(seconds)}.`,
    'If this was not you, you need not do anything.',
  ].join('\n\n');
}

function duration(seconds: number): string {
  if (seconds < 3600) return `${Math.floor(seconds / 60)} minutes`;
  const hours = Math.round(seconds / 360) / 10;
  return hours === 1 ? 'an hour' : `${hours} hours`;
}
