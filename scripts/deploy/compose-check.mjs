// Holds docker-compose.yml against its own promises, and against Docker Compose or, where that is missing, its
// predecessor. Neither needs an engine.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

const FILE = 'docker-compose.yml';
const APPLICATION = ['api', 'worker', 'migrate'];
const COMMANDS = [['docker', 'compose'], ['docker-compose']];

/** Everything that is wrong with the file; `unread` says why no Compose has read it, if none has. */
export function checkCompose(text = readFileSync(FILE, 'utf8')) {
  const faults = brokenPromises(text);
  const compose = COMMANDS.find(
    ([program, ...args]) => spawnSync(program, [...args, 'version']).status === 0,
  );
  if (!compose) return { faults, unread: 'there is no docker compose' };
  const [program, ...args] = compose;
  const read = spawnSync(program, [...args, '--file', '-', '--profile', 'app', 'config', '--quiet'], {
    input: text,
    encoding: 'utf8',
  });
  return { faults: read.status === 0 ? faults : [...faults, read.error?.message ?? read.stderr.trim()] };
}

/** What is wrong with the file by our own rules alone. */
export function brokenPromises(text) {
  const { services } = parse(text, { merge: true });
  const each = Object.entries(services).flatMap(([name, service]) => [
    ...ofEvery(name, service),
    ...(APPLICATION.includes(name) ? ofApplication(name, service) : ofData(name, service)),
  ]);
  return [...each, ...ofAll(services)];
}

/** Two that build one name at once are refused by the builder, since the second finds the name taken. */
function ofAll(services) {
  const builders = Object.keys(services).filter((name) => services[name].build);
  const images = new Set(APPLICATION.map((name) => services[name]?.image));
  return [
    ...(builders.join() === 'migrate'
      ? []
      : [`the image is built by ${builders.join(', ') || 'no service'}`]),
    ...(images.size === 1 ? [] : ['api, worker and migrate are not of one image']),
  ];
}

function ofEvery(name, { image = '', ports = [] }) {
  const found = [];
  if (!/:[\w.-]+$/.test(image) || image.endsWith(':latest'))
    found.push(`${name}: the image names no version`);
  if (ports.some((port) => !String(port).startsWith('127.0.0.1:')))
    found.push(`${name}: a port is open to other machines`);
  return found;
}

function ofApplication(name, service) {
  const { profiles = [], depends_on: needs = {}, environment = {} } = service;
  const condition = (other) => needs[other]?.condition;
  const promises = {
    'starts without the profile app': profiles.includes('app'),
    'may write to its file system': service.read_only === true,
    'keeps rights of root': service.cap_drop?.includes('ALL'),
    'could gain rights': service.security_opt?.includes('no-new-privileges:true'),
    'does not wait for the database': condition('postgres') === 'service_healthy',
    'does not wait for the migrations':
      name === 'migrate' || condition('migrate') === 'service_completed_successfully',
    'knows the owner of the tables': name === 'migrate' || !environment.DATABASE_OWNER_URL,
    'runs another process than its name says': String(service.command) === name,
    'passes for production, with passwords that everybody knows': environment.NODE_ENV === 'development',
  };
  const broken = Object.keys(promises).filter((promise) => !promises[promise]);
  return broken.map((promise) => `${name}: ${promise}`);
}

const ofData = (name, { profiles, healthcheck, command, volumes = [] }) => [
  // Redis would throw jobs away when memory runs short.
  ...(name !== 'redis' || String(command).includes('--maxmemory-policy,noeviction')
    ? []
    : ['redis: forgets jobs when memory runs short']),
  ...(name === 'mail' || volumes.some((volume) => volume.startsWith(`${name}:`))
    ? []
    : [`${name}: forgets everything with its container`]),
  ...(profiles ? [`${name}: a profile keeps it from starting alone`] : []),
  ...(healthcheck?.test ? [] : [`${name}: nobody can wait for its health`]),
];
