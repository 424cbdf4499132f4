import { readFileSync, writeFileSync } from 'node:fs';
import type { INestApplicationContext } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { configurationPage } from '../config/configuration-page';
import { envExample } from '../config/env-example';
import { problemCatalogue } from '../http/problem';
import { problemsMarkdown } from '../http/problem-pages/problem-page';
import { ApiDocs } from './api-docs';

/** The files of the repository that are made from the code, and compared with it in CI. */
export const ARTEFACTS: Record<string, (app: INestApplicationContext) => string> = {
  '.env.example': () => envExample(),
  'docs/configuration.md': () => configurationPage(),
  'openapi.json': (app) => `${JSON.stringify(app.get(ApiDocs).document, null, 2)}\n`,
  'docs/problems.md': () => problemsMarkdown(problemCatalogue()),
};

/** Writes one of them. */
export const writeArtefact = (app: INestApplicationContext, file: string): void =>
  writeFileSync(file, ARTEFACTS[file]!(app));

/** Which of them are not what the code makes. */
export const staleArtefacts = (app: INestApplicationContext, files: string[]): string[] =>
  files.filter((file) => contentOf(file) !== ARTEFACTS[file]!(app));

function contentOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** The statements that would make the migrated schema what the entities say; none when they agree. */
export async function schemaDrift(app: INestApplicationContext): Promise<string[]> {
  const { upQueries } = await app.get(DataSource).driver.createSchemaBuilder().log();
  return upQueries.map(({ query }) => query);
}
