/** What `startPostgres` is asked for; everything is optional. */
export interface PostgresOptions {
  dataDir?: string;
  port?: number;
  ephemeral?: boolean;
  log?: (message: string) => void;
}

/** A running embedded PostgreSQL; `url` is for the application role, `ownerUrl` for migrations. */
export interface EmbeddedPostgres {
  url: string;
  ownerUrl: string;
  adminUrl: string;
  port: number;
  dataDir: string;
  adopted: boolean;
  exited: Promise<unknown>;
  stop(this: void): Promise<void>;
  leave(this: void): void;
}

export function startPostgres(options?: PostgresOptions): Promise<EmbeddedPostgres>;
