import { Logger } from '@nestjs/common';
import { currentContext } from '../context';

const logger = new Logger('Database');

/** How many statements this process has sent, and how many of them were slow; for the metrics. */
export const statementCounts = { all: 0, slow: 0 };

/** Counts a statement for its request, and logs it with the route's name when it was slow. */
export function recordStatement(text: string, running: unknown, slowMs: number): void {
  statementCounts.all += 1;
  const context = currentContext();
  if (context) context.statements += 1;
  if (!(running instanceof Promise)) return;
  const started = performance.now();
  const finish = () => {
    const ms = performance.now() - started;
    if (ms < slowMs) return;
    statementCounts.slow += 1;
    logger.warn({ message: 'slow statement', ms: Math.round(ms), route: context?.route, sql: text });
  };
  running.then(finish, finish);
}
