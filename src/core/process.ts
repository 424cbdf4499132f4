import { Logger, type INestApplicationContext } from '@nestjs/common';
import { onParentGone } from '../launch';
import { ConfigurationError } from './config/configuration';
import { Drain } from './http/drain';
import { JsonLogger, logDestination } from './observability/logger';
import { observabilityConfig } from './observability/observability.config';

/** Under npm one Ctrl-C comes twice, from the terminal and from npm: two within this time are one. */
const SAME_INTERRUPT_MS = 1000;
/** A process that does not end within this time after a signal is ended hard. */
const STOP_WITHIN_MS = 30_000;

/**
 * Runs a long-lived process: starts it, and on SIGTERM or SIGINT takes it out of service, closes it in order (Nest's
 * shutdown hooks) and exits with 0. More of these signals change nothing, except a second Ctrl-C, which ends it at
 * once. A start that fails exits with 1 and says why in words.
 */
export async function startProcess(start: () => Promise<INestApplicationContext>): Promise<void> {
  const logger = processLogger();
  const starting = start();
  // Listened to from the beginning: a signal that comes while it starts must not kill it half-way.
  onStop(() => void starting.then((app) => stop(app, logger)));
  try {
    await starting;
  } catch (error) {
    fail(error, logger);
  }
  process.on('unhandledRejection', (error) => fail(error, logger));
  process.on('uncaughtException', (error) => fail(error, logger));
}

/** Calls `begin` at the first signal to stop. Process managers repeat SIGTERM: it must not cut what is being finished. */
function onStop(begin: () => void): void {
  let stopping = false;
  const stopOnce = () => {
    if (!stopping) begin();
    stopping = true;
  };
  let interruptedAt: number | undefined;
  process.on('SIGTERM', stopOnce);
  process.on('SIGINT', () => {
    interruptedAt ??= performance.now();
    if (performance.now() - interruptedAt > SAME_INTERRUPT_MS) process.exit(130);
    stopOnce();
  });
  onParentGone(stopOnce);
}

let shared: JsonLogger | undefined;

/**
 * The logger of this process, for Nest and for everything that uses Nest's `Logger`. It writes to standard output; a
 * command asks for standard error first, since its standard output is its result.
 */
export function processLogger(output: 'stdout' | 'stderr' = 'stdout'): JsonLogger {
  if (shared) return shared;
  const level = observabilityConfig.shape.LOG_LEVEL.safeParse(process.env.LOG_LEVEL || undefined);
  shared = new JsonLogger(level.data ?? 'info', logDestination(output));
  Logger.overrideLogger(shared);
  return shared;
}

async function stop(app: INestApplicationContext, logger: JsonLogger): Promise<void> {
  setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref();
  await app.get(Drain).run();
  await app.close();
  logger.flush();
  process.exit(0);
}

function fail(error: unknown, logger: JsonLogger): never {
  if (error instanceof ConfigurationError) console.error(error.message);
  else logger.fatal(error, 'Process');
  logger.flush();
  process.exit(1);
}
