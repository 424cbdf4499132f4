// What the commands of the pipeline share: they run programs, and tell the workflow what came of it.
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const failure = (program, { error, status, signal }) => {
  if (error?.code === 'ENOENT') return new Error(`There is no ${program} in the path.`);
  return error ?? new Error(`${program} ended with ${signal ?? status}.`);
};

/** Runs a program in sight of the reader. Throws when it fails. */
export function run(program, args, { input, env = process.env } = {}) {
  console.log(`$ ${[program, ...args].join(' ')}`);
  const stdio = [input === undefined ? 'inherit' : 'pipe', 'inherit', 'inherit'];
  const ended = spawnSync(program, args, { stdio, input, env });
  if (ended.status !== 0) throw failure(program, ended);
}

/** Runs a program and answers `{ ok, text, complaint }`. Throws only when there is no such program. */
export function ask(program, args) {
  const ended = spawnSync(program, args, { encoding: 'utf8' });
  if (ended.error) throw failure(program, ended);
  return { ok: ended.status === 0, text: ended.stdout.trim(), complaint: ended.stderr.trim() };
}

/** Does the work in a folder of its own, which only this user may enter, and which is gone afterwards. */
export function inScratch(work) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'keelson-'));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Passes values on to later steps and jobs; by hand, nobody is there to take them. */
export function tell(values) {
  const file = process.env.GITHUB_OUTPUT;
  for (const [name, value] of Object.entries(values)) {
    if (/[\r\n]/.test(value)) throw new Error(`${name} has more than one line.`);
    if (file) appendFileSync(file, `${name}=${value}\n`);
  }
}

/** A line for people: on the page of the workflow's run, where somebody reads it before approving, or in the terminal. */
export function summarise(text) {
  console.log(text);
  const file = process.env.GITHUB_STEP_SUMMARY;
  if (file) appendFileSync(file, `${text}\n\n`);
}

/** The digest of an image, which names exactly one; anything else (a tag, a name) throws. */
export function digestOf(text) {
  if (/^sha256:[0-9a-f]{64}$/.test(text ?? '')) return text;
  throw new Error(`"${text ?? ''}" is not a digest: sha256: and 64 hexadecimal digits.`);
}

/** The image's name as registries want it: in lower case, without tag. */
export function nameOf(text) {
  const name = (text ?? '').toLowerCase();
  if (/^[a-z0-9.-]+(?::\d+)?(?:\/[a-z0-9._-]+)+$/.test(name)) return name;
  throw new Error(`"${text ?? ''}" is not the name of an image, like ghcr.io/owner/keelson.`);
}
