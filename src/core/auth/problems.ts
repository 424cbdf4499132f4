import { defineProblem } from '../http/problem';

export const Unauthenticated = defineProblem(
  'unauthenticated',
  'unauthenticated',
  'You are not signed in',
  'Sign in at POST /v1/auth/login, and send `Authorization: Bearer <access token>` or the cookie.',
);
export const InvalidToken = defineProblem(
  'unauthenticated',
  'invalid_token',
  'The access token or the session cookie is not valid (any more)',
  'Get a new token at POST /v1/auth/refresh, or sign in again.',
);
export const RecentSignInRequired = defineProblem(
  'unauthenticated',
  'recent_sign_in_required',
  'This needs a recent proof that it is you',
  'Prove it at POST /v1/auth/session/proof, then send the request again.',
);
export const PermissionDenied = defineProblem(
  'forbidden',
  'permission_denied',
  'You may not do this',
  'Ask an administrator of your organization for a role, or for a scope, that has the permission in `permission`.',
);
export const UserRequired = defineProblem(
  'forbidden',
  'user_required',
  'Programs may not do this',
  'Sign in as a person, and send the access token of that session.',
);
export const OrganizationRequired = defineProblem(
  'forbidden',
  'organization_required',
  'This needs an active organization',
  'Choose one with PUT /v1/auth/session/organization.',
);
export const SecondFactorRequired = defineProblem(
  'forbidden',
  'second_factor_required',
  'Your organization asks for a second factor',
  'Set one up at POST /v1/me/totp or POST /v1/me/passkeys, then sign in with it.',
);
