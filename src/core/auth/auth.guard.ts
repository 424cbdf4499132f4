import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { currentContext } from '../context';
import { type Access, accessOf } from './access';
import { Authentication } from './authentication';
import type { Principal } from './principal';
import { InvalidToken, OrganizationRequired, PermissionDenied, Unauthenticated } from './problems';

const BEARER = /^Bearer ([\w.~+/-]+=*)$/i;

/**
 * The global guard: closed unless the route was opened by `@Public`, `@Authenticated` or `@Requires`.
 * It puts the principal, and the scope of rows that follows from it, into the context of the request.
 */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(private readonly authentication: Authentication) {}

  canActivate(host: ExecutionContext): boolean | Promise<boolean> {
    const access = accessOf(host.getHandler(), host.getClass());
    if (access?.kind === 'public') return true;
    if (!access) throw PermissionDenied();
    const found = this.authentication.authenticate(bearerOf(host.switchToHttp().getRequest()));
    return found instanceof Promise
      ? found.then((principal) => admit(principal, access))
      : admit(found, access);
  }
}

function bearerOf(request: FastifyRequest): string {
  const header = request.headers.authorization;
  if (!header) throw Unauthenticated({ headers: { 'www-authenticate': 'Bearer' } });
  const credential = BEARER.exec(header)?.[1];
  if (!credential) throw invalidToken();
  return credential;
}

function admit(principal: Principal | null, access: Access): boolean {
  if (!principal) throw invalidToken();
  const context = currentContext()!;
  context.principal = principal;
  context.scope = { userId: principal.userId, tenantId: principal.tenantId ?? undefined };
  if (!access.permission) return true;
  if (!principal.tenantId) throw OrganizationRequired();
  if (principal.permissions.has(access.permission)) return true;
  throw PermissionDenied({ extensions: { permission: access.permission } });
}

/** RFC 6750, section 3.1 */
const invalidToken = () => InvalidToken({ headers: { 'www-authenticate': 'Bearer error="invalid_token"' } });
