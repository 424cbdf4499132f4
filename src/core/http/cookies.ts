import { Inject, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { parseCookieHeader } from '@nestjs/core/helpers/cookies/parse-cookie-header';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { currentContext } from '../context';
import { httpConfig, type HttpConfig } from './http.config';
import { defineProblem } from './problem';

export const CookiesNeedHttps = defineProblem(
  'forbidden',
  'cookies_need_https',
  'This server sets no cookies, because it is not reached by https',
  'Its operator has to set PUBLIC_URL to an https:// address. Until then sign in with `transport: "token"`.',
);

interface CookieOptions {
  /** How long the browser keeps it. */
  readonly seconds: number;
  /** `lax` also comes with a link that leads here from another site; `strict` never does. */
  readonly sameSite: 'strict' | 'lax';
}

/**
 * Cookies of ours, by their short names: for this host alone and out of reach for scripts. With an https address they
 * are `__Host-` cookies (RFC 6265bis, 4.1.3.2), which no other host of the domain can plant; with http, in
 * development, they have no prefix, because Safari takes no secure cookie there; production sets none then.
 */
@Injectable()
export class Cookies {
  private readonly secure: boolean;
  private readonly refused: boolean;

  constructor(
    @Inject(httpConfig.token) { PUBLIC_URL, NODE_ENV }: HttpConfig,
    private readonly adapterHost: HttpAdapterHost,
  ) {
    this.secure = PUBLIC_URL.startsWith('https:');
    this.refused = !this.secure && NODE_ENV === 'production';
  }

  /** The cookie of the request, if it came with it. */
  read(request: FastifyRequest, name: string): string | undefined {
    const header = request.headers.cookie;
    return header === undefined || this.refused ? undefined : parseCookieHeader(header)[this.nameOf(name)];
  }

  /** Sets it with the answer to the running request. @throws Problem cookies_need_https */
  set(name: string, value: string, { seconds, sameSite }: CookieOptions): void {
    this.assertAllowed();
    const options = { path: '/', httpOnly: true, secure: this.secure, sameSite, maxAge: seconds };
    this.adapterHost.httpAdapter.setCookie(replyOfRequest(), this.nameOf(name), value, options);
  }

  clear(name: string): void {
    const options = { path: '/', httpOnly: true, secure: this.secure };
    this.adapterHost.httpAdapter.clearCookie(replyOfRequest(), this.nameOf(name), options);
  }

  /** @throws Problem cookies_need_https when {@link set} would */
  assertAllowed(): void {
    if (this.refused) throw CookiesNeedHttps();
  }

  private nameOf(name: string): string {
    return `${this.secure ? '__Host-' : ''}keelson_${name}`;
  }
}

function replyOfRequest(): FastifyReply {
  const reply = currentContext()?.reply;
  if (!reply) throw new Error('Only the answer to a request can set a cookie.');
  return reply;
}
