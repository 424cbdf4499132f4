import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { currentContext } from '../context';
import { perHandler } from '../http/per-handler';
import { type Access, accessOf } from './access';
import { coreAuthConfig, type CoreAuthConfig } from './auth.config';
import { Authentication } from './authentication';
import type { Principal } from './principal';
import * as problems from './problems';
import { SessionCookie } from './session-cookie';

const BEARER = /^Bearer ([\w.~+/-]+=*)$/i;

/**
 * The global guard: closed unless the route was opened by `@Public`, `@Authenticated` or `@Requires`.
 * It puts the principal, and the scope of rows that follows from it, into the context of the request.
 */
@Injectable()
export class AuthGuard implements CanActivate {
  private readonly access = perHandler(accessOf);

  constructor(
    private readonly authentication: Authentication,
    private readonly cookie: SessionCookie,
    @Inject(coreAuthConfig.token) private readonly config: CoreAuthConfig,
  ) {}

  canActivate(host: ExecutionContext): boolean | Promise<boolean> {
    const access = this.access(host);
    if (access?.kind === 'public') return true;
    if (!access) throw problems.PermissionDenied();
    const found = this.authenticate(host.switchToHttp().getRequest());
    return found instanceof Promise
      ? found.then((principal) => this.admit(principal, access))
      : this.admit(found, access);
  }

  /** By the header, else by the cookie: a page may hold both, and has asked for the header. */
  private authenticate(request: FastifyRequest): Principal | null | Promise<Principal | null> {
    const { authorization } = request.headers;
    if (authorization) return this.authentication.authenticate(bearerOf(authorization));
    const token = this.cookie.of(request);
    if (token === undefined) throw problems.Unauthenticated({ headers: { 'www-authenticate': 'Bearer' } });
    return this.authentication.authenticateCookie(token);
  }

  private admit(principal: Principal | null, access: Access): boolean {
    if (!principal) throw invalidToken();
    const context = currentContext()!;
    context.principal = principal;
    context.scope = { userId: principal.userId, tenantId: principal.tenantId ?? undefined };
    if (access.only && access.only !== principal.kind) throw problems.UserRequired();
    if (access.permission) assertPermitted(principal, access.permission);
    if (access.recent) this.assertRecent(principal);
    return true;
  }

  private assertRecent({ kind, authenticatedAt }: Principal): void {
    const seconds = this.config.AUTH_RECENT_SECONDS;
    if (kind === 'user' && Date.now() - authenticatedAt <= seconds * 1000) return;
    // RFC 9470, section 3
    const challenge = `Bearer error="insufficient_user_authentication", max_age="${seconds}"`;
    throw problems.RecentSignInRequired({ headers: { 'www-authenticate': challenge } });
  }
}

function assertPermitted(principal: Principal, permission: string): void {
  if (!principal.tenantId) throw problems.OrganizationRequired();
  if (principal.lacksSecondFactor) throw problems.SecondFactorRequired();
  if (!principal.permissions.has(permission)) throw problems.PermissionDenied({ extensions: { permission } });
}

function bearerOf(header: string): string {
  const credential = BEARER.exec(header)?.[1];
  if (!credential) throw invalidToken();
  return credential;
}

/** RFC 6750, section 3.1 */
const invalidToken = () =>
  problems.InvalidToken({ headers: { 'www-authenticate': 'Bearer error="invalid_token"' } });
