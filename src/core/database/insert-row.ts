import type { ClientBase } from 'pg';
import { type EntityManager, type EntityMetadata, InsertResult, type ObjectLiteral } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata';

/** The statements that were made, by the columns they give. */
type Statements = Map<string, { text: string; returned: ColumnMetadata[] }>;

/**
 * Whether an entity is a row and nothing more, so that inserting one takes no query builder: no embedded values, no
 * inheritance, no relations, no transformers, and nobody who listens.
 */
export function isPlain({
  embeddeds,
  parentEntityMetadata,
  childEntityMetadatas,
  relations,
  ...rest
}: EntityMetadata) {
  const extras = [embeddeds, childEntityMetadatas, relations, rest.listeners, rest.dataSource.subscribers];
  const special = ({
    transformer,
    isVirtual,
    isDiscriminator,
    generationStrategy,
    generatedType,
  }: ColumnMetadata) =>
    transformer || isVirtual || isDiscriminator || generatedType || generationStrategy === 'increment';
  return !parentEntityMetadata && extras.every(({ length }) => length === 0) && !rest.columns.some(special);
}

/**
 * What `Repository.insert` does with one plain entity, without building the statement anew: it is made once for each
 * set of given columns, and prepared. Columns that are not given take the default of the table; like all
 * generated values they are written back into `entity`.
 */
export function insertRow(
  metadata: EntityMetadata,
): (manager: EntityManager, entity: ObjectLiteral) => Promise<InsertResult> {
  const statements: Statements = new Map();
  const { driver } = metadata.dataSource;
  return async (manager, entity) => {
    const given = metadata.columns.filter(
      (column) => column.isVersion || column.getEntityValue(entity) !== undefined,
    );
    const { text, returned } = statementFor(metadata, given, statements);
    const values = given.map((column) =>
      column.isVersion ? 1 : driver.preparePersistentValue(column.getEntityValue(entity), column),
    );
    const raw = await run(manager, text, values);
    const generated: ObjectLiteral = {};
    for (const column of returned)
      column.setEntityValue(generated, driver.prepareHydratedValue(raw[0]![column.databaseName], column));
    const version = metadata.versionColumn;
    if (version) version.setEntityValue(generated, 1);
    Object.assign(entity, generated);
    return Object.assign(new InsertResult(), {
      raw,
      generatedMaps: [generated],
      identifiers: [metadata.getEntityIdMap(entity)],
    });
  };
}

/** In a transaction straight to its connection: TypeORM's own way adds broadcasts that nobody hears. */
async function run(manager: EntityManager, text: string, values: unknown[]): Promise<ObjectLiteral[]> {
  const runner = manager.queryRunner;
  if (!runner) return manager.query(text, values);
  const { rows } = await ((await runner.connect()) as ClientBase).query(text, values);
  return rows;
}

function statementFor(metadata: EntityMetadata, given: ColumnMetadata[], statements: Statements) {
  const key = given.map(({ databaseName }) => databaseName).join();
  const known = statements.get(key);
  if (known) return known;
  const { driver } = metadata.dataSource;
  const list = (columns: ColumnMetadata[]) =>
    columns.map(({ databaseName }) => driver.escape(databaseName)).join(', ');
  const returned = metadata.columns.filter((column) => !given.includes(column));
  const slots = given.map((_, index) => `$${index + 1}`).join(', ');
  const returning = returned.length > 0 ? ` returning ${list(returned)}` : '';
  const text = `insert into ${driver.escape(metadata.tableName)} (${list(given)}) values (${slots})${returning}`;
  const made = { text, returned };
  statements.set(key, made);
  return made;
}
