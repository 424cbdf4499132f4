import { Server as HttpServer } from 'node:http';
import { Server as NetServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { httpConfig, type HttpConfig } from './http.config';
import { Overload } from './overload';

/** A connection that asked for nothing in this time, in milliseconds, is at rest and can be closed. */
const AT_REST_MS = 500;
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
  /** Every answer is the last one on its connection. */
  lastAnswers = false;

  constructor(
    @Inject(httpConfig.token) private readonly config: HttpConfig,
    private readonly host: HttpAdapterHost,
    private readonly overload: Overload,
  ) {}

  /** Resolves when no connection is left. A process that does not listen has none. */
  async run(): Promise<void> {
    this.begun = true;
    const server: unknown = this.host.httpAdapter?.getHttpServer();
    if (!(server instanceof HttpServer) || !server.listening) return;
    await delay(this.config.SHUTDOWN_DELAY_MS ?? (this.config.NODE_ENV === 'production' ? 5000 : 0));
    this.lastAnswers = true;
    await this.close(server);
  }

  private async close(server: HttpServer): Promise<void> {
    let open = true;
    const started = performance.now();
    // The close() of an HTTP server would end the connections at rest in this instant, also those on which a
    // request is on its way to us.
    NetServer.prototype.close.call(server, () => (open = false));
    while (open) {
      await delay(LOOK_EVERY_MS);
      const waited = performance.now() - started;
      if (waited < AT_REST_MS) continue;
      server.closeIdleConnections();
      if (this.overload.inFlight === 0 || waited > FINISH_WITHIN_MS) server.closeAllConnections();
    }
  }
}
