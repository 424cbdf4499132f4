// Holds the Dockerfile against what the chart and docs/adr/0014-one-image.md rely on: no engine is needed.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

const BUILT = /^(dist|node_modules|package\.json|deploy\/image\/run\.mjs)$/;
/** All that the builder gets to see. */
const SENT = [
  '*',
  '!package.json',
  '!package-lock.json',
  '!.swcrc',
  '!nest-cli.json',
  '!tsconfig.json',
  '!tsconfig.build.json',
  '!src',
  '!migrations',
  '!deploy/image',
  '**/*.spec.ts',
  '**/.env*',
];

/** Everything that is wrong with the file, one line each. */
export function dockerfileFaults(
  text = readFileSync('Dockerfile', 'utf8'),
  ignored = readFileSync('.dockerignore', 'utf8'),
) {
  const stages = stagesOf(text);
  const final = stages.at(-1) ?? [];
  const valueOf = (name) => final.findLast((one) => one.name === name)?.value;
  const { runAsId } = parse(readFileSync('deploy/helm/keelson/values.yaml', 'utf8'));
  const installs = stages.flat().flatMap(({ value }) => value.match(/npm ci[^&|]*/g) ?? []);
  const copied = final.filter(({ name }) => name === 'COPY').flatMap(({ value }) => sourcesOf(value));
  const promises = {
    'runs as root, or as another user than the pods do': valueOf('USER') === `${runAsId}:${runAsId}`,
    'has no init process: signals would not arrive': valueOf('ENTRYPOINT') === ENTRYPOINT,
    'does not serve when it is told nothing': valueOf('CMD') === '["api"]',
    'stops by another signal than SIGTERM': valueOf('STOPSIGNAL') === 'SIGTERM',
    'cannot be asked whether it is well': Boolean(valueOf('HEALTHCHECK')),
    'does not say what it was built of': final.some(
      ({ name, value }) => name === 'ENV' && /REVISION=/.test(value),
    ),
    'runs as in development': final.some(
      ({ name, value }) => name === 'ENV' && /NODE_ENV=production/.test(value),
    ),
    'runs scripts of packages while it is built': installs.every((line) => line.includes('--ignore-scripts')),
    'carries packages of development': installs.some((line) => line.includes('--omit=dev')),
    'takes more than what was built': copied.every((source) => BUILT.test(source)),
    'names a base that may be anything': /^ARG NODE_IMAGE=\S+:\d+\.\d+\.\d+\S*$/m.test(text),
    'has a base of its own in a stage': (text.match(/^FROM .*/gm) ?? []).every((line) => FROM.test(line)),
  };
  const sent = ignored.split('\n').filter((line) => line && !line.startsWith('#'));
  return [
    ...Object.keys(promises)
      .filter((promise) => !promises[promise])
      .map((promise) => `Dockerfile: the image ${promise}`),
    ...(sent.join() === SENT.join()
      ? []
      : ['.dockerignore: the builder gets other files than the build needs']),
  ];
}

const ENTRYPOINT = '["/usr/bin/tini", "--", "node", "run.mjs"]';
const FROM = /^FROM (\$\{NODE_IMAGE\}|scratch|[a-z]+)( AS [a-z]+)?$/;

/** The instructions of each stage: `{ name, value }`. */
function stagesOf(text) {
  const lines = text
    .replaceAll(/^\s*#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter(Boolean);
  const instructions = lines
    .map((line) => /^(?<name>[A-Z]+)\s+(?<value>.*)$/.exec(line)?.groups)
    .filter(Boolean);
  const starts = instructions.flatMap(({ name }, index) => (name === 'FROM' ? [index] : []));
  return starts.map((start, index) => instructions.slice(start, starts[index + 1]));
}

/** A COPY without --from, or out of the stage that builds, takes from outside of the system's layers. */
const sourcesOf = (value) => {
  const parts = value.split(/\s+/);
  const from = parts.find((part) => part.startsWith('--from='))?.slice(7);
  if (from === 'system') return [];
  return parts
    .filter((part) => !part.startsWith('--'))
    .slice(0, -1)
    .map((part) => part.replace(/^\/app\//, ''));
};
