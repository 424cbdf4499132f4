// The next version and its changelog, out of the commits since the last tag. The rules stand in release/history.mjs.
//
//   npm run release                    says what would come; changes nothing
//   npm run release -- --write         CHANGELOG.md, package.json and who else says the version
//   npm run release -- --cut           also commits them as `release: 1.2.3` and tags v1.2.3
//   npm run release -- --cut --push    also pushes branch and tag, both or neither
//   npm run release -- --announce [files …]   makes the tagged version a release on GitHub, with these files
//
// Where nobody may push to main, a person writes and has that merged: --cut then finds it written, and only tags.
import '../src/launch.js';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { run, tell } from './deploy/steps.mjs';
import { notes, notesOf, withRelease } from './release/changelog.mjs';
import { commitsSince, git, lastTag, nextVersion } from './release/history.mjs';

const FILES = ['CHANGELOG.md', 'package.json', 'package-lock.json'];
/** Who else says the version, if it is there. Behind each pattern stands what is replaced. */
const ECHOES = {
  'openapi.json': /(?<=^ {2}"info": \{[^}]*?^ {4}"version": ")[^"]+/m,
  'deploy/helm/keelson/Chart.yaml': /(?<=^appVersion: ).+/m,
};
const echoes = () => Object.entries(ECHOES).filter(([file]) => existsSync(file));
const readChangelog = () => readFileSync('CHANGELOG.md', 'utf8');
const writtenVersion = () => JSON.parse(readFileSync('package.json', 'utf8')).version;

function plan() {
  const tag = lastTag();
  const commits = commitsSince(tag);
  const version = nextVersion(tag, commits, writtenVersion());
  const prepared = version && notesOf(readChangelog(), version);
  return { tag, version, prepared, text: prepared ?? notes(readChangelog(), commits, !tag) };
}

function write({ version, text }) {
  const day = new Date().toISOString().slice(0, 10);
  writeFileSync('CHANGELOG.md', withRelease(readChangelog(), version, text, day));
  // npm knows where a lock file keeps the version; a version that a person has written is left alone.
  const flags = ['--no-git-tag-version', '--allow-same-version', '--ignore-scripts'];
  run('npm', ['version', version, ...flags]);
  for (const [file, pattern] of echoes()) {
    const before = readFileSync(file, 'utf8');
    if (!pattern.test(before)) throw new Error(`${file} says no version.`);
    writeFileSync(file, before.replace(pattern, version));
  }
}

function cut({ version, prepared }) {
  if (!prepared)
    run('git', [
      'commit',
      '--quiet',
      '-m',
      `release: ${version}`,
      '--',
      ...FILES,
      ...echoes().map(([file]) => file),
    ]);
  run('git', ['tag', '--annotate', `v${version}`, '-m', `Keelson ${version}`]);
}

function push({ version }) {
  const branch = git('symbolic-ref', '--short', 'HEAD');
  // In the pipeline the token is GH_TOKEN, and lies in no file.
  const login = process.env.GH_TOKEN ? ['-c', 'credential.helper=!gh auth git-credential'] : [];
  run('git', [...login, 'push', '--atomic', 'origin', `HEAD:refs/heads/${branch}`, `refs/tags/v${version}`]);
}

function announce(files) {
  const version = writtenVersion();
  const input = notesOf(readChangelog(), version);
  if (!input) throw new Error(`CHANGELOG.md says nothing of ${version}.`);
  const args = ['--verify-tag', '--title', version, '--notes-file', '-', ...files];
  run('gh', ['release', 'create', `v${version}`, ...args], { input });
}

function release(options) {
  const planned = plan();
  if (!planned.version) return console.log(`Nothing to release since ${planned.tag}.`);
  console.log(`${planned.tag ?? 'no release yet'} → v${planned.version}\n\n${planned.text}\n`);
  if (options.cut && git('status', '--porcelain', '--untracked-files=no'))
    throw new Error('There are changes that are not committed.');
  if ((options.write || options.cut) && !planned.prepared) write(planned);
  if (options.cut) cut(planned);
  if (options.cut && options.push) push(planned);
  return tell({ version: planned.version, commit: git('rev-parse', 'HEAD') });
}

try {
  const options = Object.fromEntries(
    ['write', 'cut', 'push', 'announce'].map((name) => [name, { type: 'boolean' }]),
  );
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  if (values.announce) announce(positionals);
  else release(values);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
