import { Global, Inject, Injectable, Logger, Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { ConfigurationError } from '../config/configuration';
import { connect } from './connect';
import { Database } from './database';
import { databaseConfig, type DatabaseConfig } from './database.config';
import { SnakeCaseNaming } from './naming';
import { Notifications } from './notifications';
import { RecentWriters } from './recent-writers';
import { scopedClient } from './scoped-client';

/** How the application connects: every connection is a {@link scopedClient}, every timeout is set. */
function dataSourceOptions(config: DatabaseConfig, recentWriters: RecentWriters): DataSourceOptions {
  const connections = config.DATABASE_REPLICA_URLS.length
    ? {
        replication: {
          master: { url: config.DATABASE_URL },
          slaves: config.DATABASE_REPLICA_URLS.map((url) => ({ url })),
          defaultMode: 'master' as const,
        },
      }
    : { url: config.DATABASE_URL };
  return {
    type: 'postgres',
    ...connections,
    applicationName: 'keelson',
    namingStrategy: new SnakeCaseNaming(),
    synchronize: false,
    installExtensions: false,
    logging: false,
    extra: {
      Client: scopedClient({
        prepared: config.DATABASE_PREPARED_STATEMENTS,
        slowMs: config.DATABASE_SLOW_QUERY_MS,
        onWrite: (userId) => recentWriters.add(userId),
      }),
      max: config.DATABASE_POOL_SIZE,
      connectionTimeoutMillis: config.DATABASE_CONNECT_TIMEOUT_MS,
      statement_timeout: config.DATABASE_STATEMENT_TIMEOUT_MS,
      idle_in_transaction_session_timeout: config.DATABASE_STATEMENT_TIMEOUT_MS * 3,
    },
  };
}

/** A role that may skip the row policies makes every tenant see every row: production refuses to start with it. */
@Injectable()
class RoleCheck implements OnModuleInit {
  private readonly logger = new Logger('Database');

  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  async onModuleInit(): Promise<void> {
    const [role] = await this.dataSource.query(
      'select rolname as name, rolsuper or rolbypassrls as unbound from pg_roles where rolname = current_user',
    );
    if (!role.unbound) return;
    const message = `DATABASE_URL connects as "${role.name}", which bypasses row-level security. Use the application role.`;
    if (process.env.NODE_ENV === 'production') throw new Error(message);
    this.logger.warn(message);
  }
}

/** What the connection of TypeORM and our own classes share. */
@Module({
  providers: [databaseConfig.provider, RecentWriters],
  exports: [databaseConfig.provider, RecentWriters],
})
class DatabaseSettingsModule {}

/** PostgreSQL: one pool, transactions that calls join, and rows that only their tenant sees. */
@Global()
@Module({
  imports: [
    DatabaseSettingsModule,
    TypeOrmModule.forRootAsync({
      imports: [DatabaseSettingsModule],
      inject: [databaseConfig.token, RecentWriters],
      useFactory: (config: DatabaseConfig, recentWriters: RecentWriters) => ({
        ...dataSourceOptions(config, recentWriters),
        autoLoadEntities: true,
        // A server that comes up later is waited for; what is set wrong stays wrong.
        toRetry: (error: unknown) => !(error instanceof ConfigurationError),
      }),
      dataSourceFactory: connect,
    }),
  ],
  providers: [Database, Notifications, RoleCheck],
  exports: [Database, Notifications],
})
export class DatabaseModule {}
