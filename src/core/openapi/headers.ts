import type { AnswerHeader } from '../http/answer-headers';
import type { RouteFacts } from './route-facts';

interface Header {
  readonly description: string;
  readonly schema: Record<string, unknown>;
}

const text = (description: string, example: string, schema: object = {}): Header => ({
  description,
  schema: { type: 'string', ...schema, examples: [example] },
});

/** Components of the OpenAPI document: the headers of answers. */
export const ANSWER_HEADERS: Record<string, Header> = {
  'X-Request-Id': text(
    'Names this request in our logs; quote it when you report a problem.',
    '0d6f1b6e-5c5e-4c3f-9f0e-1f1d2a3b4c5d',
  ),
  'RateLimit-Policy': text(
    'The budget of the route (draft-ietf-httpapi-ratelimit-headers).',
    '"default";q=600;w=60',
  ),
  RateLimit: text('What is left of the budget.', '"default";r=599;t=60'),
  'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer', minimum: 0, examples: [2] } },
  ETag: text('The version of the resource, for `If-Match` and `If-None-Match` (RFC 9110, 8.8.3).', '"3"'),
  Location: text(
    'Address of what was created, or of the operation that was started.',
    '/v1/operations/0199a6f0-0000-7000-8000-000000000000',
  ),
  Link: text('The next page, with `rel="next"` (RFC 8288).', '</v1/me/sessions?cursor=eyJ2>; rel="next"'),
  Allow: text('The methods that this address takes.', 'GET, HEAD, POST'),
  'WWW-Authenticate': text('How to sign in (RFC 6750).', 'Bearer'),
  'Idempotency-Replayed': {
    description: '`true` when this is the answer that the key was given the first time.',
    schema: { type: 'string', enum: ['true'] },
  },
};

/** Components of the OpenAPI document: the headers that requests may carry, as parameters. */
export const REQUEST_HEADERS = {
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    description:
      'A new random key for each thing you want done. A repetition with the same key gets the first answer.',
    schema: {
      type: 'string',
      minLength: 8,
      maxLength: 257,
      examples: ['7c1f6a52-4a8e-4f7d-9d43-0c5b6f3f2b11'],
    },
  },
  IfMatch: {
    name: 'If-Match',
    in: 'header',
    description: 'ETag of the version that you changed: refused with 412 when there is a newer one.',
    schema: { type: 'string', examples: ['"3"'] },
  },
  IfNoneMatch: {
    name: 'If-None-Match',
    in: 'header',
    description: 'ETag that you have: answered with 304 and no body when it is still the current one.',
    schema: { type: 'string', examples: ['"3"'] },
  },
} as const;

/** The request headers of a route, as references to the components. */
export function requestHeadersOf(facts: RouteFacts): object[] {
  const parameter = (name: keyof typeof REQUEST_HEADERS) => ({ $ref: `#/components/parameters/${name}` });
  return [
    ...(facts.idempotency === 'accepted' ? [parameter('IdempotencyKey')] : []),
    ...(facts.idempotency === 'required' ? [{ ...REQUEST_HEADERS.IdempotencyKey, required: true }] : []),
    ...(facts.takesIfMatch ? [parameter('IfMatch')] : []),
    ...(facts.hasEtag && !facts.writes ? [parameter('IfNoneMatch')] : []),
  ];
}

/** The headers of a route's answer with this status, as references to the components. */
export function answerHeadersOf(facts: RouteFacts, status: number): Record<string, object> {
  const success = status < 300;
  const says = (header: AnswerHeader): boolean => facts.returns?.headers?.includes(header) ?? false;
  const has: Record<string, boolean> = {
    'X-Request-Id': true,
    'RateLimit-Policy': facts.rateClass !== 'unlimited',
    RateLimit: facts.rateClass !== 'unlimited',
    'Retry-After': status === 429 || status === 503,
    ETag: says('etag') && (success || status === 304),
    Location: success && says('location'),
    Link: success && says('next'),
    Allow: status === 405,
    'WWW-Authenticate': status === 401 && facts.route.access?.kind !== 'public',
    'Idempotency-Replayed': success && facts.idempotency !== 'none',
  };
  const names = Object.keys(has).filter((name) => has[name]);
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}
