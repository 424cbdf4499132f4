import { Server as HttpServer } from 'node:http';
import { Server as NetServer } from 'node:net';
import { setTimeout as delay, setImmediate as afterReading } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { httpConfig, type HttpConfig } from './http.config';
import { Overload } from './overload';

/** When nobody asked for anything in this time, in milliseconds, the connections that are left are at rest. */
const QUIET_MS = 500;
const LOOK_EVERY_MS = 50;
/** What takes longer than this to finish is cut off. */
const FINISH_WITHIN_MS = 10_000;

/**
 * Takes the server out of service without failing a request. First only readiness says so, while the balancer takes
 * notice. Then it stops listening, and every answer carries `Connection: close`, so that busy connections end at an
 * answer. Those that stay silent are closed (a client must expect that, RFC 9112, 9.5), and the last requests finish.
 */
@Injectable()
export class Drain {
  /** Readiness is down from here on. */
  begun = false;
  private lastAnswers = false;
  private lastAsked = 0;

  constructor(
    @Inject(httpConfig.token) private readonly config: HttpConfig,
    private readonly host: HttpAdapterHost,
    private readonly overload: Overload,
  ) {}

  /** Whether the answer that is about to be sent is to be the last one on its connection. */
  isLastAnswer(): boolean {
    if (this.lastAnswers) this.lastAsked = performance.now();
    return this.lastAnswers;
  }

  /** Resolves when no connection is left. A process that does not listen has none. */
  async run(): Promise<void> {
    this.begun = true;
    const server: unknown = this.host.httpAdapter?.getHttpServer();
    if (!(server instanceof HttpServer) || !server.listening) return;
    await delay(this.config.SHUTDOWN_DELAY_MS ?? (this.config.NODE_ENV === 'production' ? 5000 : 0));
    await this.close(server);
  }

  private async close(server: HttpServer): Promise<void> {
    const end = performance.now() + FINISH_WITHIN_MS;
    this.lastAnswers = true;
    this.lastAsked = performance.now();
    // The close() of an HTTP server would end the connections at rest in this instant, also those on which a
    // request is on its way to us.
    const closed = new Promise<true>((resolve) =>
      NetServer.prototype.close.call(server, () => resolve(true)),
    );
    while (!(await Promise.race([closed, delay(LOOK_EVERY_MS)]))) {
      // What has arrived while this process was busy is not at rest: it has been read by the next phase of the loop.
      await afterReading();
      const now = performance.now();
      const quiet = now - this.lastAsked > QUIET_MS;
      if ((quiet && this.overload.inFlight === 0) || now > end) server.closeAllConnections();
      else if (quiet) server.closeIdleConnections();
    }
  }
}
