import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { currentContext } from '../context';
import { Cookies } from '../http/cookies';
import { OwnPages } from '../http/own-pages';

const NAME = 'session';

/**
 * The cookie of a session in a browser. `SameSite=Strict`: only the requests of pages need it, and those of our own
 * pages are of the same site; a link that leads here from elsewhere arrives without anybody's authority.
 */
@Injectable()
export class SessionCookie {
  constructor(
    private readonly cookies: Cookies,
    private readonly pages: OwnPages,
  ) {}

  /**
   * What the cookie says. With an `Authorization` header the cookie does not count, and is not looked at.
   * @throws Problem cross_site_request when a foreign page made the browser write with it
   */
  of(request: FastifyRequest): string | undefined {
    if (request.headers.authorization !== undefined) return undefined;
    const token = this.cookies.read(request, NAME);
    if (token !== undefined) this.pages.assertMayWrite(request);
    return token;
  }

  /** The same of the running request. */
  get current(): string | undefined {
    const request = currentContext()?.reply?.request;
    return request && this.of(request);
  }

  /** A foreign page may not sign a browser in either: its owner would work in somebody else's account. */
  assertMaySet(): void {
    this.cookies.assertAllowed();
    const request = currentContext()?.reply?.request;
    if (request) this.pages.assertMayWrite(request);
  }

  /** @throws Problem cookies_need_https, cross_site_request */
  set(token: string, seconds: number): void {
    this.assertMaySet();
    this.cookies.set(NAME, token, { seconds, sameSite: 'strict' });
  }

  /** Takes the cookie back, if the running request was made with it. */
  clear(): void {
    if (this.current !== undefined) this.cookies.clear(NAME);
  }
}
