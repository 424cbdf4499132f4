import { DataSource, type DataSourceOptions } from 'typeorm';
import { ConfigurationError } from '../config/configuration';

/** PgBouncer's words for it, behind which stands the name. */
const REFUSED = /unsupported startup parameter: (\S+)/;

/** @throws ConfigurationError when a pooler refuses the limits that every connection asks for */
export async function connect(options: DataSourceOptions | undefined): Promise<DataSource> {
  try {
    return await new DataSource(options!).initialize();
  } catch (error) {
    const [, parameter] = REFUSED.exec(String(error)) ?? [];
    throw parameter ? poolerRefuses(parameter) : error;
  }
}

const poolerRefuses = (parameter: string) =>
  new ConfigurationError([
    {
      variable: 'DATABASE_URL',
      problem: `leads to a pooler that refuses the parameter ${parameter}`,
      expects:
        'ignore_startup_parameters = statement_timeout,idle_in_transaction_session_timeout in pgbouncer.ini, and the same limits set for the role (docs/guide/deployment.md, "Behind PgBouncer")',
    },
  ]);
