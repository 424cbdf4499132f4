import { SetMetadata } from '@nestjs/common';
import type { defineProblem, ProblemType } from './problem';

const REFUSES = 'http:refuses';

type Defined = Pick<ReturnType<typeof defineProblem>, 'type'>;

/**
 * The problems of its own that a route answers with: `@Refuses(InvalidCredentials, EmailNotVerified)`. They are shown
 * in the OpenAPI document beside those that follow from the route's access, input, limits and preconditions.
 */
export const Refuses = (...problems: Defined[]) =>
  SetMetadata(
    REFUSES,
    problems.map(({ type }) => type),
  );

/** What `@Refuses` declared on the handler and on its controller. */
export const refusalsOf = (handler: object, controller: object): ProblemType[] => [
  ...(Reflect.getMetadata(REFUSES, handler) ?? []),
  ...(Reflect.getMetadata(REFUSES, controller) ?? []),
];
