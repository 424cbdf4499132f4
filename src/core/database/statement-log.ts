import { Logger } from '@nestjs/common';
import { currentContext } from '../context';

const logger = new Logger('Database');

/** Counts a statement for its request, and logs it with the route's name when it was slow. */
export function recordStatement(text: string, running: unknown, slowMs: number): void {
  const context = currentContext();
  if (context) context.statements += 1;
  if (!(running instanceof Promise)) return;
  const started = performance.now();
  const finish = () => {
    const ms = performance.now() - started;
    if (ms < slowMs) return;
    logger.warn({ message: 'slow statement', ms: Math.round(ms), route: context?.route, sql: text });
  };
  running.then(finish, finish);
}
