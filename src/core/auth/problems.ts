import { defineProblem } from '../http/problem';

export const Unauthenticated = defineProblem(
  'unauthenticated',
  'unauthenticated',
  'You are not signed in',
  'Sign in at POST /v1/auth/login and send `Authorization: Bearer <access token>`.',
);
export const InvalidToken = defineProblem(
  'unauthenticated',
  'invalid_token',
  'The access token is not valid (any more)',
  'Get a new one at POST /v1/auth/refresh, or sign in again.',
);
export const PermissionDenied = defineProblem(
  'forbidden',
  'permission_denied',
  'Your role does not allow this',
  'Ask an administrator of your organization for a role that has the permission in `permission`.',
);
export const OrganizationRequired = defineProblem(
  'forbidden',
  'organization_required',
  'This needs an active organization',
  'Choose one with PUT /v1/auth/session/organization.',
);
