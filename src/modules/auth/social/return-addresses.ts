import { Inject, Injectable } from '@nestjs/common';
import { httpConfig, type HttpConfig } from '../../../core/http/http.config';
import { authConfig, type AuthConfig } from '../auth.config';
import { ReturnNotAllowed } from './social.problems';

/** Where somebody may be sent at the end: to pages of ours and of the front ends that the settings name. */
@Injectable()
export class ReturnAddresses {
  /** The page for who did not say where to. */
  readonly standard: string;
  /** Whether that page is one of this application. */
  readonly ownPage: boolean;
  private readonly origins: ReadonlySet<string>;

  constructor(
    @Inject(httpConfig.token) { PUBLIC_URL, CORS_ORIGINS }: HttpConfig,
    @Inject(authConfig.token) { AUTH_PAGES_URL }: AuthConfig,
  ) {
    const pages = AUTH_PAGES_URL ?? PUBLIC_URL;
    this.standard = `${pages.replace(/\/$/, '')}/sign-in`;
    this.ownPage = !AUTH_PAGES_URL;
    this.origins = new Set([pages, PUBLIC_URL, ...CORS_ORIGINS].map((address) => new URL(address).origin));
  }

  /** The address, when it is allowed. @throws Problem return_to_not_allowed */
  check(address: string | undefined): string {
    if (address === undefined) return this.standard;
    // As the browser will read it, and not as it is written: `https://ours.example\@theirs.example` is theirs.
    const url = URL.canParse(address) ? new URL(address) : undefined;
    if (!url || !this.origins.has(url.origin) || url.username || url.password) throw ReturnNotAllowed();
    return url.href;
  }
}

/** The address with what the page is told, in the fragment: no server, log or Referer header sees it. */
export function withFragment(address: string, told: Readonly<Record<string, string>>): string {
  const url = new URL(address);
  url.hash = new URLSearchParams(told).toString();
  return url.href;
}
