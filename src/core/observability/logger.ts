import type { LoggerService } from '@nestjs/common';
import pino, { type DestinationStream, type Logger, type LoggerOptions } from 'pino';
import { currentContext } from '../context';

/** Keys whose values never reach a log, at any of the first three levels of a logged object. */
const SECRET_KEYS = [
  'password',
  'newPassword',
  'currentPassword',
  'token',
  'accessToken',
  'refreshToken',
  'secret',
  'apiKey',
  'authorization',
  'cookie',
  'hash',
  'email',
];

const LEVELS = {
  log: 'info',
  error: 'error',
  warn: 'warn',
  debug: 'debug',
  verbose: 'trace',
  fatal: 'fatal',
} as const;

/** What is written of a finished request: its route and its ids, never its address, query or bodies. */
export interface RequestLine {
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly ms: number;
  /** SQL statements that it took. */
  readonly statements: number;
  readonly requestId: string;
  readonly traceparent?: string;
  readonly tenantId?: string;
  readonly userId?: string;
}

/** Where a process writes its log. Standard error is that of commands, which end before anything waits to be written. */
export const logDestination = (output: 'stdout' | 'stderr'): DestinationStream =>
  output === 'stdout'
    ? pino.destination({ dest: 1, sync: false })
    : pino.destination({ dest: 2, sync: true });

/** Structured log lines (JSON, one a line) with the ids of the running request; the logger behind Nest's `Logger`. */
export class JsonLogger implements LoggerService {
  private readonly pino: Logger;
  /** Writes to the same place without redaction, which costs more than the rest of a request line. */
  private readonly plain: Logger;

  constructor(level: string, output: DestinationStream) {
    const options: LoggerOptions = {
      level,
      base: undefined,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    };
    const paths = SECRET_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]);
    this.plain = pino(options, output);
    this.pino = pino({ ...options, redact: { paths, censor: '[redacted]' }, mixin: requestIds }, output);
  }

  /** The line of a finished request. Nothing in it is redacted: its fields are named by the type, not by callers. */
  request(line: RequestLine): void {
    this.plain.info(line);
  }

  log(message: unknown, ...rest: unknown[]): void {
    this.write('log', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('verbose', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  /** Writes what is still in memory; call it before the process ends. */
  flush(): void {
    this.pino.flush();
  }

  /** Nest passes the name of the logger last, and of an error its stack before it. */
  private write(method: keyof typeof LEVELS, message: unknown, rest: unknown[]): void {
    const context = rest.at(-1);
    const stack = rest.length > 1 && typeof rest[0] === 'string' ? { stack: rest[0] } : {};
    this.pino[LEVELS[method]]({ logger: context, ...stack, ...fieldsOf(message) });
  }
}

function fieldsOf(message: unknown): object {
  if (message instanceof Error) return { message: message.message, stack: message.stack };
  return typeof message === 'object' && message !== null ? message : { message: String(message) };
}

function requestIds(): object {
  const context = currentContext();
  if (!context) return {};
  const { requestId, traceparent, scope } = context;
  return { requestId, ...(traceparent && { traceparent }), ...scope };
}
