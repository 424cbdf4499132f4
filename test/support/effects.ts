import { Client } from 'pg';
import { Database } from '../../src/core/database/database';
import type { TestApp } from './app';

export interface Effects {
  /** Writes a row, in the running transaction; not unique, so that what happens twice is seen twice. */
  add(id: string, by: string): Promise<void>;
  /** Who wrote for this id, in order of name. */
  of(id: string): Promise<string[]>;
}

/** Gives the handlers of a test a table to write into. */
export async function effectsTable({
  app,
  database: { ownerUrl, url },
}: Pick<TestApp, 'app' | 'database'>): Promise<Effects> {
  const owner = new Client(ownerUrl);
  await owner.connect();
  await owner.query(
    `create table effects (id text, by text); grant all on effects to ${new URL(url).username}`,
  );
  await owner.end();
  const database = app.get(Database);
  return {
    add: async (id, by) => {
      await database.manager.query('insert into effects values ($1, $2)', [id, by]);
    },
    of: async (id) => {
      const rows = await database.rows<{ by: string }>('select by from effects where id = $1 order by by', [
        id,
      ]);
      return rows.map(({ by }) => by);
    },
  };
}
