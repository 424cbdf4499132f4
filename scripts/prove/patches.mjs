// The planted defects: patches that each take one protection out, with a header that names the test it must fail.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const FOLDER = 'test/defects';
const KEYS = ['test', 'title', 'command', 'says', 'why'];

/** Every patch, sorted by name: its header, and `touches`, the files that it changes. */
export const readPatches = (folder = FOLDER) =>
  (existsSync(folder) ? readdirSync(folder) : [])
    .filter((file) => file.endsWith('.patch'))
    .toSorted()
    .map((file) => parsePatch(path.posix.join(folder, file), readFileSync(path.join(folder, file), 'utf8')));

export function parsePatch(file, text) {
  const [header] = text.split('\n\n', 1);
  const fields = header.split('\n').map((line) => /^(\w+): (.+)$/.exec(line) ?? [line, line]);
  const touches = [...text.matchAll(/^diff --git a\/(\S+) b\/\S+$/gm)].map(([, touched]) => touched);
  return {
    file,
    name: path.basename(file, '.patch'),
    ...Object.fromEntries(
      fields.filter(([, key]) => KEYS.includes(key)).map(([, key, value]) => [key, value]),
    ),
    unknown: fields.map(([, key]) => key).filter((key) => !KEYS.includes(key)),
    touches,
  };
}

/** What is wrong with a patch before it is tried, one line each. */
export function faultsOf({ file, test, title, command, says, why, unknown, touches }) {
  const named = command ? says && !test && !title : test && title && !says;
  const source =
    test && existsSync(test) ? readFileSync(test, 'utf8').replaceAll(String.raw`\'`, "'") : undefined;
  return [
    ...unknown.map((line) => `its header has a line that is no field: ${line}`),
    ...(why ? [] : ['its header lacks why:']),
    ...(named ? [] : ['its header needs test: and title:, or command: and says:']),
    ...(touches.length > 0 ? [] : ['it changes no file']),
    ...(test && source === undefined ? [`there is no ${test}`] : []),
    ...(title && source !== undefined && !endsIn(source, title)
      ? [`${test} has no title that ends like: ${title}`]
      : []),
  ].map((fault) => `${file}: ${fault}`);
}

/** The first part of a title is that of its describe(), and a last word may be a value of it.each. */
function endsIn(source, title) {
  const [last] = title.split(' ').slice(-1);
  return source.includes(title.split(' ').slice(-2).join(' ')) || source.includes(`'${last}'`);
}

/** Applies a patch in a folder (`--check`: tries to, `--reverse`: takes it back); answers what git objects. */
export function applyPatch(file, { cwd = '.', options = [] } = {}) {
  const { status, error, stderr } = spawnSync('git', ['apply', ...options, path.resolve(file)], {
    cwd,
    // A repository around the folder would have paths of its own.
    env: { ...process.env, GIT_CEILING_DIRECTORIES: path.dirname(path.resolve(cwd)) },
    encoding: 'utf8',
  });
  if (error) throw error;
  return status === 0 ? undefined : stderr.trim();
}

/** The patches that go with a module: they change it, or are noticed by its tests or by a command that names it. */
export const patchesOfModule = (name) =>
  readPatches()
    .filter(
      ({ test, command, touches }) =>
        test?.startsWith(`test/${name}/`) ||
        command?.split(' ').includes(name) ||
        touches.some((file) => file.startsWith(`src/modules/${name}/`)),
    )
    .map(({ file }) => file);
