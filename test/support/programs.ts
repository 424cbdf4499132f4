import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * The file of the first of these programs that this machine has; undefined if it has none, and tests may be skipped.
 * @throws Error in CI, where nothing is skipped
 */
export function findProgram(...names: [string, ...string[]]): string | undefined {
  const folders = `${process.env.PATH ?? ''}${delimiter}/usr/sbin`.split(delimiter);
  const file = folders.flatMap((folder) => names.map((name) => join(folder, name))).find(existsSync);
  if (file || !process.env.CI) return file;
  throw new Error(
    `There is no ${names.join(' or ')}, and in CI no test is skipped: bash scripts/deploy/provide.sh ${names[0]}`,
  );
}
