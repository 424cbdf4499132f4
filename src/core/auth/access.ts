import { SetMetadata } from '@nestjs/common';
import type { Principal } from './principal';

const ACCESS = 'auth:access';
const RECENT = 'auth:recent';

/** Who may call a route. A route that declares nothing is closed, and the application refuses to start with it. */
export interface Access {
  readonly kind: 'public' | 'authenticated' | 'permission';
  readonly permission?: string;
  /** Only this kind of principal; undefined: every kind. */
  readonly only?: Principal['kind'];
  /** The caller must have proved a short while ago who they are. */
  readonly recent?: boolean;
}

/** Anyone may call the route. Say why in the pull request: everything else is closed by default. */
export const Public = () => SetMetadata(ACCESS, { kind: 'public' } satisfies Access);

/** Any signed-in user may call the route, also one without an organization; programs may not. For what is the caller's own. */
export const Authenticated = () =>
  SetMetadata(ACCESS, { kind: 'authenticated', only: 'user' } satisfies Access);

/**
 * Only callers who have the permission in the active organization, by their role or by the scopes of their
 * credential; the module must have registered it. With `{ only: 'user' }` no program has it, whatever its scopes.
 */
export const Requires = (permission: string, { only }: Pick<Access, 'only'> = {}) =>
  SetMetadata(ACCESS, { kind: 'permission', permission, only } satisfies Access);

/**
 * The route also asks for a recent proof of who is calling (OWASP ASVS 5.0, 7.5.1): without it 401
 * `recent_sign_in_required`, which POST /v1/auth/session/proof settles. For what would hurt in a stolen session.
 */
export const RecentSignIn = () => SetMetadata(RECENT, true);

/** What a handler declared, or what its controller declared, or nothing. */
export function accessOf(handler: object, controller: object): Access | undefined {
  const access: Access | undefined =
    Reflect.getMetadata(ACCESS, handler) ?? Reflect.getMetadata(ACCESS, controller);
  const recent = Reflect.getMetadata(RECENT, handler) ?? Reflect.getMetadata(RECENT, controller);
  return access && recent ? { ...access, recent } : access;
}
