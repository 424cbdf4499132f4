import { defineProblem } from '../http/problem';

/** One answer for what does not exist and for what is not the caller's: which of the two is nobody's business. */
export const OrganizationNotFound = defineProblem(
  'not-found',
  'organization_not_found',
  'There is no such organization for you',
  'GET /v1/organizations lists the organizations you belong to; PUT /v1/auth/session/organization makes one active.',
);
