import { AuthorizationResponseError, ClientError, ResponseBodyError } from 'openid-client';
import type { Problem } from '../../../../core/http/problem';
import { ProviderUnavailable, SocialCancelled, SocialRefused } from '../social.problems';

/** Codes of openid-client for a provider that does not speak as the protocol says. */
const OUTAGES = new Set(['OAUTH_PARSE_ERROR', 'OAUTH_RESPONSE_IS_NOT_JSON', 'OAUTH_RESPONSE_IS_NOT_CONFORM']);

/** A provider that is down, slow, or answers what no provider would. */
export class ProviderOutage extends Error {}

/** What went wrong at a provider, as its user is told: it failed, they declined, or it said what does not hold. */
export function problemOfProvider(error: unknown): Problem {
  if (error instanceof AuthorizationResponseError && error.error === 'access_denied')
    return SocialCancelled();
  return isOutage(error) ? ProviderUnavailable() : SocialRefused();
}

function isOutage(error: unknown): boolean {
  if (error instanceof ProviderOutage) return true;
  if (error instanceof ResponseBodyError) return error.status >= 500;
  if (!(error instanceof ClientError)) return false;
  return OUTAGES.has(error.code ?? '') || isOutage(error.cause);
}
