import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { httpConfig, type HttpConfig } from './http.config';
import { defineProblem } from './problem';

export const CrossSiteRequest = defineProblem(
  'forbidden',
  'cross_site_request',
  'A page of another site sent this request',
  'With a cookie, write from a page of this server or of an origin in CORS_ORIGINS, by a browser that sends `Sec-Fetch-Site` or `Origin`; other programs use tokens.',
);

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Tells requests of our own pages from those that a foreign page makes a browser send with the cookies it has for us
 * (OWASP Cross-Site Request Forgery Prevention: fetch metadata, and the origin where a browser sends none).
 */
@Injectable()
export class OwnPages {
  private readonly origins: ReadonlySet<string>;

  constructor(@Inject(httpConfig.token) { PUBLIC_URL, CORS_ORIGINS }: HttpConfig) {
    this.origins = new Set([PUBLIC_URL, ...CORS_ORIGINS].map((address) => new URL(address).origin));
  }

  /** Reading is always allowed: a GET changes nothing, and no foreign page sees its answer. @throws Problem cross_site_request */
  assertMayWrite({ method, headers }: FastifyRequest): void {
    if (SAFE.has(method) || headers['sec-fetch-site'] === 'same-origin') return;
    if (!this.origins.has(headers.origin ?? '')) throw CrossSiteRequest();
  }
}
