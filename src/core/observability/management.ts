import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { fastify, type FastifyInstance } from 'fastify';
import { Metrics } from './metrics';
import { observabilityConfig, type ObservabilityConfig } from './observability.config';

/**
 * The server for operators: /metrics, and whatever modules add to `server` in `onModuleInit`. It knows no sign-in,
 * so it listens on its own port and, unless MANAGEMENT_HOST says otherwise, to this machine only.
 */
@Injectable()
export class Management implements OnApplicationShutdown {
  readonly server: FastifyInstance = fastify({ logger: false, forceCloseConnections: true });
  private readonly logger = new Logger('Management');

  constructor(
    @Inject(observabilityConfig.token) private readonly config: ObservabilityConfig,
    private readonly metrics: Metrics,
  ) {
    this.server.setErrorHandler(({ statusCode = 500, message, stack }: ManagementError, _request, reply) => {
      if (statusCode >= 500) this.logger.error({ message: 'operators page failed', stack });
      return reply.status(statusCode).send({ message: statusCode < 500 ? message : 'failed: see the log' });
    });
    this.server.get('/metrics', async (_request, reply) => {
      reply.type(this.metrics.registry.contentType);
      return this.metrics.registry.metrics();
    });
  }

  /** Called by the processes that serve: main and worker. @returns the address it listens on */
  async listen(process: 'api' | 'worker'): Promise<string> {
    this.metrics.start();
    const variable = process === 'api' ? 'MANAGEMENT_PORT' : 'WORKER_MANAGEMENT_PORT';
    const { [variable]: port, MANAGEMENT_HOST: host } = this.config;
    try {
      return await this.server.listen({ port, host });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      throw new Error(`${variable} ${port} is taken: set another, or stop what listens there.`, {
        cause: error,
      });
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.server.close();
  }
}

type ManagementError = Error & { statusCode?: number };
