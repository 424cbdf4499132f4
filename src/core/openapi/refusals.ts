import * as auth from '../auth/problems';
import { PreconditionFailed } from '../http/etag';
import { HttpsRequired } from '../http/https-only';
import {
  IdempotencyKeyBusy,
  IdempotencyKeyInvalid,
  IdempotencyKeyMissing,
  IdempotencyKeyReused,
} from '../http/idempotency/problems';
import { type ProblemType, problemCatalogue } from '../http/problem';
import { CrossSiteRequest } from '../http/own-pages';
import * as general from '../http/problems';
import { refusalsOf } from '../http/refuses';
import type { RouteFacts } from './route-facts';

type Defined = { readonly type: ProblemType };

/** What any request can run into, whatever the route. */
const ALWAYS: Defined[] = [
  general.MethodNotAllowed,
  general.UriTooLong,
  general.HeadersTooLarge,
  // A Content-Encoding is refused wherever it comes.
  general.UnsupportedMediaType,
  general.InternalError,
  general.Unavailable,
];
const WITH_INPUT: Defined[] = [general.ValidationFailed, general.MalformedRequest];
const WITH_BODY: Defined[] = [general.PayloadTooLarge, general.RequestTimeout];
const SIGNED_IN: Defined[] = [auth.Unauthenticated, auth.InvalidToken];
const WITH_PERMISSION: Defined[] = [
  auth.PermissionDenied,
  auth.OrganizationRequired,
  auth.SecondFactorRequired,
];
const IDEMPOTENT: Defined[] = [IdempotencyKeyInvalid, IdempotencyKeyReused, IdempotencyKeyBusy];

/** Every problem that a route can answer with, in the order of status and code. */
export function refusalsFor(facts: RouteFacts): ProblemType[] {
  const { route, idempotency } = facts;
  const own = refusalsOf(route.handler, route.controller);
  const known: [boolean, Defined[]][] = [
    [true, ALWAYS],
    [facts.hasInput, WITH_INPUT],
    [facts.hasBody, WITH_BODY],
    [facts.writes, [general.ConflictingWrite, HttpsRequired]],
    [facts.hasPathParameters && !own.some(({ status }) => status === 404), [general.RouteNotFound]],
    [route.access?.kind !== 'public', SIGNED_IN],
    [route.access?.kind !== 'public' && facts.writes, [CrossSiteRequest]],
    [route.access?.kind === 'permission', WITH_PERMISSION],
    [route.access?.only === 'user', [auth.UserRequired]],
    [route.access?.recent ?? false, [auth.RecentSignInRequired]],
    [idempotency !== 'none', IDEMPOTENT],
    [idempotency === 'required', [IdempotencyKeyMissing]],
    [facts.takesIfMatch, [PreconditionFailed]],
  ];
  const derived = known.flatMap(([applies, problems]) => (applies ? problems.map(({ type }) => type) : []));
  const limited =
    facts.rateClass === 'unlimited' ? [] : problemCatalogue().filter(({ code }) => code === 'rate_limited');
  const all = new Map([...derived, ...limited, ...own].map((type) => [type.code, type]));
  return [...all.values()].toSorted((a, b) => a.status - b.status || (a.code < b.code ? -1 : 1));
}
