import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { owned } from './owned';

export const ROOT = join(__dirname, '../..');
export const DIGEST = `sha256:${'a'.repeat(64)}`;

/** What a program says when its first argument is this one: `{ 'helm history': { code: 1 } }`. */
export type Answers = Record<string, { out?: string; err?: string; code?: number }>;
export interface Circumstances {
  answers?: Answers;
  env?: Record<string, string>;
  root?: string;
}
interface Call {
  program: string;
  args: string[];
  /** Of the file that KUBECONFIG names, and its name. */
  mode: string;
  file?: string;
  /** The content of the file that --values names. */
  values?: string;
}

/** Writes down how it was called, then does what the test says; a cluster is not needed to see the order. */
const standIn = (calls: string): string => `#!${process.execPath}
const { appendFileSync, existsSync, readFileSync, statSync, writeFileSync } = require('node:fs');
const [program, args] = [process.argv[1].split('/').at(-1), process.argv.slice(2)];
const after = (option) => args.includes(option) ? args[args.indexOf(option) + 1] : undefined;
const file = process.env.KUBECONFIG;
const mode = file && existsSync(file) ? (statSync(file).mode & 0o777).toString(8) : '-';
const values = after('--values') && readFileSync(after('--values'), 'utf8');
appendFileSync(${JSON.stringify(calls)}, JSON.stringify({ program, args, mode, file, values }) + '\\n');
const { out = '', err = '', code = 0 } = JSON.parse(process.env.STAND_IN)[program + ' ' + args[0]] ?? {};
const metadata = after('--metadata-file');
if (metadata) writeFileSync(metadata, JSON.stringify({ 'containerimage.digest': '${DIGEST}' }));
process.stdout.write(out);
process.stderr.write(err);
process.exit(code);
`;

/** A folder with these programs, which come before those of the machine when a script is run in it. */
export class StandIns {
  readonly folder = mkdtempSync(join(tmpdir(), 'keelson-pipeline-'));
  private readonly bin = join(this.folder, 'bin');
  private readonly calls = join(this.folder, 'calls');
  private readonly outputs = join(this.folder, 'outputs');
  private readonly summary = join(this.folder, 'summary');

  constructor(...programs: string[]) {
    mkdirSync(this.bin);
    for (const program of programs)
      writeFileSync(join(this.bin, program), standIn(this.calls), { mode: 0o755 });
  }

  /** Runs a script of this repository, or of the one at `root`. */
  run(script: string, request: string[], circumstances: Circumstances = {}) {
    const { file, options } = this.prepare(script, circumstances);
    const { status, stderr } = spawnSync(process.execPath, [file, ...request], {
      encoding: 'utf8',
      ...options,
    });
    return this.outcome(status, stderr);
  }

  /** The same, while this process goes on; `said` is then all that was written. */
  async runBeside(script: string, request: string[], circumstances: Circumstances = {}) {
    const { file, options } = this.prepare(script, circumstances);
    const child = owned(
      spawn(process.execPath, [file, ...request], {
        stdio: ['ignore', 'pipe', 'pipe'],
        ...options,
      }),
    );
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said += data));
    const [status] = (await once(child, 'close')) as [number | null];
    return this.outcome(status, said);
  }

  private prepare(script: string, { answers = {}, env = {}, root = ROOT }: Circumstances) {
    for (const file of [this.calls, this.outputs, this.summary]) writeFileSync(file, '');
    const variables = {
      PATH: [this.bin, process.env.PATH].join(delimiter),
      STAND_IN: JSON.stringify(answers),
      GITHUB_OUTPUT: this.outputs,
      GITHUB_STEP_SUMMARY: this.summary,
    };
    return { file: join(root, 'scripts', script), options: { env: { ...variables, ...env } } };
  }

  private outcome(status: number | null, said: string) {
    const lines = readFileSync(this.calls, 'utf8').split('\n').filter(Boolean);
    const called = lines.map((line) => JSON.parse(line) as Call);
    return {
      status,
      said,
      called,
      order: called.map(({ program, args }) => `${program} ${program === 'npm' ? 'smoke' : args[0]}`),
      told: readFileSync(this.outputs, 'utf8'),
      summary: readFileSync(this.summary, 'utf8'),
    };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
