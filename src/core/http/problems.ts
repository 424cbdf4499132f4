import { defineProblem } from './problem';

export const ValidationFailed = defineProblem(
  'invalid',
  'validation_failed',
  'The request is not valid',
  'Every entry of `errors` names a part of the input and what it should be.',
);
export const MalformedRequest = defineProblem(
  'invalid',
  'malformed_request',
  'The request cannot be read',
  'Send well-formed JSON in UTF-8, and a well-formed address.',
);
export const RouteNotFound = defineProblem(
  'not-found',
  'route_not_found',
  'There is nothing at this address',
  'The OpenAPI document at /openapi.json lists every address.',
);
export const MethodNotAllowed = defineProblem(
  'not-allowed',
  'method_not_allowed',
  'This address does not take this method',
  'The `Allow` header lists the methods that it takes.',
);
export const PayloadTooLarge = defineProblem(
  'too-large',
  'payload_too_large',
  'The body is too large',
  'Send less at once, or use the batch or upload route of the resource.',
);
export const UriTooLong = defineProblem(
  'uri-too-long',
  'uri_too_long',
  'The address is too long',
  'Shorten the path or the query.',
);
export const HeadersTooLarge = defineProblem(
  'headers-too-large',
  'headers_too_large',
  'The headers are too large',
  'Send fewer or shorter headers; cookies are the usual cause.',
);
export const UnsupportedMediaType = defineProblem(
  'unsupported',
  'unsupported_media_type',
  'This content type is not taken here',
  'Send `Content-Type: application/json`.',
);
export const RequestTimeout = defineProblem(
  'timeout',
  'request_timeout',
  'The request did not arrive in time',
  'Send it again over a better connection.',
);
export const ConflictingWrite = defineProblem(
  'conflict',
  'conflicting_write',
  'Another request changed the same thing at the same time',
  'Read it again, and repeat the request if it still makes sense.',
);
export const InternalError = defineProblem(
  'internal',
  'internal_error',
  'Something broke on our side',
  'Nothing was changed. Try again later; if it persists, report the `requestId`.',
);
export const Unavailable = defineProblem(
  'unavailable',
  'unavailable',
  'The service is too busy or shutting down',
  'Wait for the seconds in `Retry-After`, then try again.',
);
