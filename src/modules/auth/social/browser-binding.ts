import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Cookies } from '../../../core/http/cookies';

const NAME = 'social';
const SECONDS = 600;
const SECRET = /^[\w-]{43}$/;

/** What ties the steps of a sign-in to one browser: a secret that lives in a cookie, and nowhere else. */
@Injectable()
export class BrowserBinding {
  constructor(private readonly cookies: Cookies) {}

  /** The secret of the browser, or null for one that has begun nothing here. */
  of(request: FastifyRequest): string | null {
    const secret = this.cookies.read(request, NAME);
    return secret !== undefined && SECRET.test(secret) ? secret : null;
  }

  /** The same, and a new one where there is none. It stays while two tabs sign in at once. */
  begin(request: FastifyRequest): string {
    const secret = this.of(request) ?? randomBytes(32).toString('base64url');
    // Lax: the way back from the provider is a link from another site.
    this.cookies.set(NAME, secret, { seconds: SECONDS, sameSite: 'lax' });
    return secret;
  }
}

/** What is stored of the secret. */
export const markOf = (secret: string): string => createHash('sha256').update(secret).digest('base64url');

export const isMarkOf = (mark: string, secret: string | null): boolean =>
  secret !== null && timingSafeEqual(Buffer.from(mark), Buffer.from(markOf(secret)));

/** A value of 256 bits for one purpose and one flow, which only this browser's cookie leads to. */
export const derived = (secret: string, purpose: 'nonce' | 'pkce', state: string): string =>
  createHmac('sha256', secret).update(`${purpose}:${state}`).digest('base64url');
