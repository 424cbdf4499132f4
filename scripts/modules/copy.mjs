// Works in a copy of the project, so that the project itself changes as a whole or not at all.
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const LEFT_OUT = /^(node_modules|dist|coverage|[.]git|[.]data|[.]cache|[.]env)([/\\]|$)/;

/** A copy without what is installed, built or private; `node_modules` is a link. */
export function copyProject(name) {
  const copy = mkdtempSync(path.join(realpathSync(tmpdir()), `${name}-`));
  cpSync('.', copy, { recursive: true, filter: (file) => !LEFT_OUT.test(file) });
  symlinkSync(path.resolve('node_modules'), path.join(copy, 'node_modules'), 'junction');
  return copy;
}

/**
 * Does the work with a copy as the current folder, and brings over what it changed. When the work throws, or somebody
 * changed one of these files meanwhile, the project stays as it is.
 */
export async function asAWhole(work) {
  const project = process.cwd();
  const copy = copyProject('modules');
  try {
    const before = hashesOf(copy);
    process.chdir(copy);
    const answer = await work();
    process.chdir(project);
    bring(copy, changes(before, hashesOf(copy)), before);
    return answer;
  } finally {
    process.chdir(project);
    rmSync(copy, { recursive: true, force: true });
  }
}

const hashOf = (file) =>
  existsSync(file) ? createHash('sha256').update(readFileSync(file)).digest('hex') : undefined;

function hashesOf(folder) {
  const files = readdirSync(folder, { recursive: false, withFileTypes: true }).flatMap((entry) => {
    if (LEFT_OUT.test(entry.name)) return [];
    if (entry.isFile()) return [entry.name];
    if (!entry.isDirectory()) return [];
    return readdirSync(path.join(folder, entry.name), { recursive: true, withFileTypes: true })
      .filter((inner) => inner.isFile())
      .map((inner) => path.relative(folder, path.join(inner.parentPath, inner.name)));
  });
  return new Map(files.map((file) => [file, hashOf(path.join(folder, file))]));
}

const changes = (before, after) =>
  [...new Set([...before.keys(), ...after.keys()])].filter((file) => before.get(file) !== after.get(file));

function bring(copy, files, before) {
  const foreign = files.filter((file) => hashOf(file) !== before.get(file));
  if (foreign.length > 0)
    throw new Error(`Nothing was changed: ${foreign.join(', ')} changed meanwhile. Run the command again.`);
  for (const file of files) {
    if (existsSync(path.join(copy, file))) cpSync(path.join(copy, file), file, { recursive: true });
    else removeFile(file);
  }
}

/** With the folders that it leaves empty. */
function removeFile(file) {
  rmSync(file);
  for (
    let folder = path.dirname(file);
    folder !== '.' && readdirSync(folder).length === 0;
    folder = path.dirname(folder)
  )
    rmdirSync(folder);
}
