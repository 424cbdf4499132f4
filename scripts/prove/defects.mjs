// npm run prove -- defects: plants each defect in a copy of the project, and sees whether its test notices.
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, utimesSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { entryFile } from '../build.mjs';
import { runAlone } from './group.mjs';
import { applyPatch, faultsOf, readPatches } from './patches.mjs';

const JEST = 'node_modules/jest/bin/jest.js';
const LEFT_OUT = /^(node_modules|coverage|[.]git|[.]data|[.]cache|[.]env)([/\\]|$)/;
/** A defect may make a program hang. */
const PATIENCE_MS = 15 * 60_000;
/** The shell's variables, before this project's `.env` was read: that one is about another database. */
const ENV = { ...process.env, DATABASE_URL: '', DATABASE_OWNER_URL: '', REDIS_URL: '' };

/** Tries all patches, or the named ones. Answers how many were noticed; throws when one was not. */
export async function proveDefects(names, signal) {
  const all = readPatches();
  const unknown = names.filter((name) => !all.some((patch) => patch.name === name));
  if (unknown.length > 0) throw new Error(`There is no test/defects/${unknown.join('.patch, ')}.patch.`);
  const patches = names.length > 0 ? all.filter(({ name }) => names.includes(name)) : all;
  const faults = patches.flatMap(faultsOf);
  if (faults.length > 0) throw new Error(faults.join('\n'));
  const count = Math.min(availableParallelism(), patches.length);
  const copies = Array.from({ length: count }, (_, index) => new Copy(index, signal));
  try {
    const red = await failingUnplanted(copies[0], patches);
    const queue = patches.toSorted((one, other) => Number(needsBuild(one)) - Number(needsBuild(other)));
    const missed = [];
    const work = async (copy) => {
      for (let patch = queue.shift(); patch; patch = queue.shift()) {
        const begun = performance.now();
        const wrong = red.get(patch) ?? (await copy.plant(patch));
        const seconds = ((performance.now() - begun) / 1000).toFixed(1);
        console.log(`${wrong ? 'FAIL' : 'ok  '} ${patch.name} (${seconds} s)${wrong ? `: ${wrong}` : ''}`);
        if (wrong) missed.push(patch.name);
      }
    };
    const ended = await Promise.allSettled(copies.map(work));
    for (const { reason } of ended) if (reason) throw reason;
    if (missed.length > 0)
      throw new Error(`${missed.length} of ${patches.length} defects: ${missed.join(', ')}.`);
    return { noticed: patches.length };
  } finally {
    for (const copy of copies) copy.remove();
  }
}

/** The patches whose test or command fails in a copy without any, and why: tests of all in one run of Jest. */
async function failingUnplanted(copy, patches) {
  const red = new Map();
  const tested = patches.filter(({ test }) => test);
  if (tested.length > 0) {
    console.log(`the tests without a defect: ${tested.length} titles`);
    const report = await copy.jest(
      [...new Set(tested.map(({ test }) => test))],
      tested.map(({ title }) => title),
    );
    for (const patch of tested) {
      const before = verdictOf(report, patch);
      if (before !== GREEN) red.set(patch, before ?? 'its test fails without the defect');
    }
  }
  for (const command of new Set(patches.flatMap((patch) => patch.command ?? []))) {
    const { status } = await copy.run(command);
    copy.renew();
    if (status === 0) continue;
    for (const patch of patches)
      if (patch.command === command) red.set(patch, `${command} fails without the defect`);
  }
  return red;
}

const GREEN = 'its test stays green';

/** What Jest's report says of the test that a patch names: undefined when it ran and failed. */
export function verdictOf({ testResults }, { test, title }) {
  const file = testResults.find(({ name }) => name.endsWith(`/${test}`));
  if (!file) return 'its test file did not run';
  const named = file.assertionResults.filter(({ fullName }) => fullName.includes(title));
  const ran = named.filter(({ status }) => status === 'passed' || status === 'failed');
  if (ran.some(({ status }) => status === 'failed')) return undefined;
  if (ran.length > 0) return GREEN;
  if (file.status === 'failed') return `its test file did not run: ${file.message.trim().slice(0, 500)}`;
  return named.length > 0 ? 'its test was skipped' : 'no test has its title';
}

/** Processes of tests in test/system run from dist/, and migrations do in every test. */
const needsBuild = ({ test, touches }) =>
  !test || test.startsWith('test/system/') || touches.some((file) => file.startsWith('migrations/'));

const literal = (text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

/** A copy of the project, with its packages by a link. */
class Copy {
  constructor(index, signal) {
    this.signal = signal;
    this.folder = mkdtempSync(path.join(realpathSync(tmpdir()), `keelson-defects-${index}-`));
    this.renew();
  }

  /** Makes it what the project is, whatever a command has made of it. */
  renew() {
    this.remove();
    cpSync('.', this.folder, { recursive: true, filter: (file) => !LEFT_OUT.test(file) });
    symlinkSync(path.resolve('node_modules'), path.join(this.folder, 'node_modules'), 'junction');
    this.callItBuilt();
  }

  /** Applies the patch, runs what it names, and takes it back. Answers what is wrong; undefined: it was noticed. */
  async plant(patch) {
    const objection = applyPatch(patch.file, { cwd: this.folder });
    if (objection) return `it does not apply: ${objection}`;
    // The one before may be in dist/, but those that do not need it come first.
    if (!needsBuild(patch)) this.callItBuilt();
    try {
      return await (patch.command ? this.command(patch) : this.test(patch));
    } catch (error) {
      this.signal.throwIfAborted();
      return error.message;
    } finally {
      // A command such as one of the module tool changes more than the patch.
      if (patch.command) this.renew();
      else applyPatch(patch.file, { cwd: this.folder, options: ['--reverse'] });
    }
  }

  async test(patch) {
    return verdictOf(await this.jest([patch.test], [patch.title]), patch);
  }

  async command({ command, says }) {
    const { status, output } = await this.run(command);
    if (status === 0) return `${command} stays green`;
    return output.includes(says) ? undefined : `${command} does not say "${says}"`;
  }

  async jest(files, titles) {
    const report = path.join(this.folder, 'report.json');
    rmSync(report, { force: true });
    const pattern = titles.map(literal).join('|');
    const chosen = ['--testNamePattern', pattern, '--runTestsByPath', ...files];
    await this.run([JEST, '--json', '--outputFile', report, ...chosen]);
    try {
      return JSON.parse(readFileSync(report, 'utf8'));
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
      return { testResults: [] };
    }
  }

  async run(command) {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), PATIENCE_MS);
    const signal = AbortSignal.any([this.signal, late.signal]);
    try {
      return await runAlone(command, { cwd: this.folder, env: ENV, signal });
    } finally {
      clearTimeout(timer);
    }
  }

  callItBuilt() {
    const now = new Date();
    for (const entry of ['main', 'worker', 'cli'])
      utimesSync(path.join(this.folder, entryFile(entry)), now, now);
  }

  remove() {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
