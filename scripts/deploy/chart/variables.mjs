// Holds the chart against the configuration of the built application: whether what a pod gets is what the application
// asks for in production. The judge is the application's own check, the one that it makes at start.
import { builtConfiguration } from '../../build.mjs';
import { podsOf } from './pod-rules.mjs';

/** For the migrations only: who has it is not held by row-level security. */
const OWNER = 'DATABASE_OWNER_URL';

function application() {
  // Some schemas are stricter in production, and look for it there.
  process.env.NODE_ENV = 'production';
  return builtConfiguration();
}

/** Variables that Node reads before the application. */
const OF_NODE = ['NODE_EXTRA_CA_CERTS'];

/** What a container gets: `given` from the ConfigMap, and the names that come out of a secret. */
function environmentOf({ env = [], envFrom = [] }, manifests) {
  const maps = envFrom.flatMap(({ configMapRef }) =>
    manifests.filter(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === configMapRef?.name),
  );
  const literal = env.filter(({ value }) => value !== undefined).map(({ name, value }) => [name, value]);
  const references = env.filter(({ valueFrom }) => valueFrom?.secretKeyRef);
  return {
    given: Object.assign({}, ...maps.map(({ data }) => data), Object.fromEntries(literal)),
    secrets: references.map(({ name }) => name),
    certain: references.filter(({ valueFrom }) => !valueFrom.secretKeyRef.optional).map(({ name }) => name),
  };
}

/** The answers of the application's check, but for values that only the secret has. */
function refusals(assertConfigurations, { given, certain }) {
  try {
    assertConfigurations(given);
    return [];
  } catch (error) {
    if (!error.issues) throw error;
    return error.issues
      .filter(({ variable, problem }) => !(certain.includes(variable) && problem.startsWith('is not set')))
      .map(({ variable, problem }) => `${variable} ${problem}`);
  }
}

/** The process listens where its settings say, the cluster asks where the container says. */
const deafPorts = (given, { name, ports = [] }) => {
  const own = { http: 'PORT', management: name === 'api' ? 'MANAGEMENT_PORT' : 'WORKER_MANAGEMENT_PORT' };
  return ports
    .filter((port) => String(port.containerPort) !== given[own[port.name]])
    .map((port) => `nothing listens to its port ${port.name}`);
};

function containerFaults(container, { given, secrets, certain }, { assertConfigurations, variables }) {
  const names = [...Object.keys(given), ...secrets];
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  const isSecret = (name) => variables.get(name)?.meta()?.secret;
  const local = [...variables].filter(([, schema]) =>
    String(schema.safeParse(undefined).data).includes('127.0.0.1'),
  );
  return [
    ...refusals(assertConfigurations, { given, certain }),
    ...deafPorts(given, container),
    // Otherwise a smoke test cannot tell this image from another of its version.
    ...(container.image.endsWith(`@${given.REVISION}`) || container.image.endsWith(`:${given.REVISION}`)
      ? []
      : [`it says that ${given.REVISION} runs, which is not ${container.image}`]),
    ...twice.map((name) => `${name} is given twice`),
    ...names.filter((name) => name === OWNER).map((name) => `${name} is not for a process that serves`),
    ...names
      .filter((name) => !variables.has(name) && !OF_NODE.includes(name))
      .map((name) => `${name} is no variable of the application`),
    ...Object.keys(given)
      .filter(isSecret)
      .map((name) => `${name} is a secret, and stands in plain text`),
    ...[...variables.keys()]
      .filter((name) => isSecret(name) && !secrets.includes(name))
      .map((name) => `${name} is a secret that the chart does not pass on: add it to secrets.optional`),
    ...local
      .filter(([name]) => !names.includes(name))
      .map(([name]) => `${name} is not given, and its default is good on one machine only`),
  ];
}

/** What the application would say to the pods of these manifests. */
export function variableFaults(manifests) {
  const judge = application();
  return podsOf(manifests).flatMap(({ title, kind, containers }) =>
    containers.flatMap((container) => {
      const environment = environmentOf(container, manifests);
      if (kind === 'Job') return migrationFaults(title, environment, settingsOf(manifests));
      return containerFaults(container, environment, judge).map((fault) => `${title}: ${fault}`);
    }),
  );
}

/** What the release gives to API and worker, which the migrations get too. */
const settingsOf = (manifests) =>
  Object.assign({}, ...manifests.filter(({ kind }) => kind === 'ConfigMap').map(({ data }) => data));

const migrationFaults = (title, { certain, given }, settings) => [
  ...['DATABASE_URL', OWNER]
    .filter((name) => !certain.includes(name))
    .map((name) => `${title} lacks ${name}`),
  ...Object.keys(settings)
    .filter((name) => given[name] !== settings[name])
    .map((name) => `${title} does not get ${name} as API and worker do`),
];

/**
 * What the schema of the values would let through: secrets in plain text in `config`, and a list of secrets without
 * one that the application does not start without. `manifests` say what the chart gives by itself.
 */
export function schemaFaults(schema, manifests) {
  const { config, secrets } = schema.properties;
  const guarded = secrets.properties.required.allOf.map(({ contains }) => contains.const);
  const own = settingsOf(manifests);
  return [...application().variables].flatMap(([name, variable]) => {
    const { secret, development } = variable.meta() ?? {};
    const refused = config.properties[name]?.$ref === '#/definitions/secretVariable';
    const missing = development !== undefined && !(name in own) && !guarded.includes(name);
    return [
      ...(secret && !refused ? [`config.${name} can be written in plain text`] : []),
      ...(missing ? [`secrets.required can lack ${name}`] : []),
    ];
  });
}
