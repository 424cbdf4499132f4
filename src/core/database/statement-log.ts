import { Logger } from '@nestjs/common';
import type { Context } from '../context';

const logger = new Logger('Database');

/** How many statements this process has sent, and how many of them were slow; for the metrics. */
export const statementCounts = { all: 0, slow: 0 };

/** Counts a statement, for its request and for this process. */
export function countStatement(context?: Context): void {
  statementCounts.all += 1;
  if (context) context.count.statements += 1;
}

/** Logs a statement with its route's name when it took longer than `slowMs`; its values are never logged. */
export function logIfSlow(sql: string, ms: number, slowMs: number, context?: Context): void {
  if (ms < slowMs) return;
  statementCounts.slow += 1;
  logger.warn({ message: 'slow statement', ms: Math.round(ms), route: context?.route, sql });
}
