import type { ExecutionContext } from '@nestjs/common';

/**
 * Asks `read` once about each handler and remembers the answer: what decorators said does not change, and looking it
 * up for every request would cost more than many a guard.
 */
export function perHandler<T>(
  read: (handler: Function, controller: Function) => T,
): (host: ExecutionContext) => T {
  const known = new WeakMap<Function, Map<Function, T>>();
  return (host) => {
    const [handler, controller] = [host.getHandler(), host.getClass()];
    const answers = known.get(controller) ?? new Map<Function, T>();
    if (!answers.has(handler)) {
      answers.set(handler, read(handler, controller));
      known.set(controller, answers);
    }
    return answers.get(handler)!;
  };
}
