import { SetMetadata } from '@nestjs/common';

const ACCESS = 'auth:access';

/** Who may call a route. A route that declares nothing is closed, and the application refuses to start with it. */
export interface Access {
  readonly kind: 'public' | 'authenticated' | 'permission';
  readonly permission?: string;
}

/** Anyone may call the route. Say why in the pull request: everything else is closed by default. */
export const Public = () => SetMetadata(ACCESS, { kind: 'public' } satisfies Access);

/** Any signed-in caller may call the route, also one without an organization. For what is the caller's own. */
export const Authenticated = () => SetMetadata(ACCESS, { kind: 'authenticated' } satisfies Access);

/** Only callers whose role in the active organization has the permission, which the module must have registered. */
export const Requires = (permission: string) =>
  SetMetadata(ACCESS, { kind: 'permission', permission } satisfies Access);

/** What a handler declared, or what its controller declared, or nothing. */
export const accessOf = (handler: object, controller: object): Access | undefined =>
  Reflect.getMetadata(ACCESS, handler) ?? Reflect.getMetadata(ACCESS, controller);
