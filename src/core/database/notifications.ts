import { AsyncResource } from 'node:async_hooks';
import { Inject, Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { Client, escapeIdentifier } from 'pg';
import { Database } from './database';
import { databaseConfig, type DatabaseConfig } from './database.config';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5000;
/** A connection that died without a word (a firewall, a pulled cable) is noticed within this time and the next. */
const HEARTBEAT_MS = 15_000;
const ANSWER_WITHIN_MS = 5000;

interface Listener {
  readonly handler: (payload: string) => void;
  readonly onReconnect?: () => void;
}

/**
 * PostgreSQL's LISTEN and NOTIFY for what instances tell each other: one connection a process, opened by the first
 * `on`, and opened again when it is lost. Delivery is at most once, and not at all while the connection is away:
 * use it to wake and to invalidate, never to carry what must not be lost.
 */
@Injectable()
export class Notifications implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Notifications');
  private readonly listeners = new Map<string, Listener[]>();
  /** Handlers run outside of the request that happened to open the connection. */
  private readonly outside = new AsyncResource('Notifications');
  private client?: Client;
  private opening?: Promise<void>;
  private timer?: NodeJS.Timeout;
  private pause = FIRST_PAUSE_MS;
  private closed = false;

  constructor(
    private readonly database: Database,
    @Inject(databaseConfig.token) private readonly config: DatabaseConfig,
  ) {}

  /**
   * Calls `handler` with the payload of each notification on `channel`. `onReconnect` is called each time listening
   * has begun, the first time included: whatever was said before was missed, so drop what you keep.
   */
  on(channel: string, handler: (payload: string) => void, onReconnect?: () => void): void {
    const known = this.listeners.get(channel);
    this.listeners.set(channel, [...(known ?? []), { handler, onReconnect }]);
    if (!this.client) this.open();
    else if (known) onReconnect?.();
    else void this.listen(this.client, [channel]);
  }

  /** Tells every process that listens on `channel`; inside a transaction, once it has committed. At most 7999 bytes. */
  async notify(channel: string, payload: string): Promise<void> {
    await this.database.manager.query('select pg_notify($1, $2)', [channel, payload]);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    await this.opening;
    await this.client?.end().catch(() => {});
  }

  private open(): void {
    if (this.closed || this.opening) return;
    this.opening = this.outside
      .runInAsyncScope(() => this.connect())
      .finally(() => (this.opening = undefined));
  }

  private async connect(): Promise<void> {
    const client = new Client({
      connectionString: this.config.DATABASE_LISTEN_URL ?? this.config.DATABASE_URL,
      application_name: 'keelson listen',
      connectionTimeoutMillis: ANSWER_WITHIN_MS,
      query_timeout: ANSWER_WITHIN_MS,
      keepAlive: true,
    });
    client.on('notification', ({ channel, payload }) => this.deliver(channel, payload ?? ''));
    client.on('error', (error) => this.lost(client, error));
    client.on('end', () => this.lost(client));
    try {
      await client.connect();
      this.client = client;
      await this.listen(client, [...this.listeners.keys()]);
    } catch (error) {
      this.client ??= client;
      this.lost(client, error as Error);
    }
  }

  private async listen(client: Client, channels: string[]): Promise<void> {
    try {
      await client.query(channels.map((channel) => `listen ${escapeIdentifier(channel)}`).join('; '));
    } catch (error) {
      return this.lost(client, error as Error);
    }
    this.pause = FIRST_PAUSE_MS;
    this.beat(client);
    for (const channel of channels) this.each(channel, ({ onReconnect }) => onReconnect?.());
  }

  private beat(client: Client): void {
    clearTimeout(this.timer);
    const ask = () =>
      client.query('select').then(
        () => this.client === client && this.beat(client),
        (error: Error) => this.lost(client, error),
      );
    this.timer = setTimeout(() => void ask(), HEARTBEAT_MS).unref();
  }

  /** Called once or more for each connection that ends, whatever the reason. */
  private lost(client: Client, error?: Error): void {
    if (this.closed || this.client !== client) return;
    this.client = undefined;
    clearTimeout(this.timer);
    client.end().catch(() => {});
    this.logger.warn(`Listening again in ${this.pause} ms: ${error?.message ?? 'the connection ended'}`);
    this.timer = setTimeout(() => this.open(), this.pause * (0.5 + Math.random() / 2));
    this.pause = Math.min(this.pause * 2, LONGEST_PAUSE_MS);
  }

  private deliver(channel: string, payload: string): void {
    this.each(channel, ({ handler }) => handler(payload));
  }

  private each(channel: string, action: (listener: Listener) => void): void {
    for (const listener of this.listeners.get(channel) ?? []) {
      try {
        action(listener);
      } catch (error) {
        this.logger.error(error);
      }
    }
  }
}
