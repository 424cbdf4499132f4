import { defineProblem } from '../../../core/http/problem';

export const ProviderNotFound = defineProblem(
  'not-found',
  'provider_not_found',
  'Nobody signs in with this provider here',
  'GET /v1/auth/social lists the providers that are set up.',
);
export const ProviderUnavailable = defineProblem(
  'unavailable',
  'provider_unavailable',
  'The provider does not answer as it should',
  'Try again later, or sign in another way.',
);
export const ReturnNotAllowed = defineProblem(
  'invalid',
  'return_to_not_allowed',
  'Nobody is sent to this address',
  'Use an address of a front end that is listed in AUTH_PAGES_URL or CORS_ORIGINS.',
);
export const SocialFlowNotUsable = defineProblem(
  'invalid',
  'social_flow_not_usable',
  'This sign-in was finished, has expired, or was begun in another browser',
  'Begin again, in this browser, and at the address in PUBLIC_URL.',
);
export const SocialCancelled = defineProblem(
  'forbidden',
  'social_sign_in_cancelled',
  'You did not agree at the provider',
  'Begin again, or sign in another way.',
);
export const SocialRefused = defineProblem(
  'unauthenticated',
  'social_sign_in_refused',
  'What the provider said of you could not be verified',
  'Begin again. If it persists, tell the operator: the log says what was wrong.',
);
/** One answer whether there is an account or not: a provider that verifies nothing must not tell. */
export const SocialEmailUnverified = defineProblem(
  'forbidden',
  'social_email_unverified',
  'The provider does not vouch for your e-mail address',
  'Verify the address there; or sign in another way, and link the provider at POST /v1/me/identities/{provider}.',
);
export const IdentityTaken = defineProblem(
  'conflict',
  'identity_taken',
  'This identity signs somebody else in',
  'Sign in with it and unlink it there first.',
);
export const IdentityNotFound = defineProblem(
  'not-found',
  'identity_not_found',
  'You have no such identity',
  'GET /v1/me/identities lists yours.',
);
