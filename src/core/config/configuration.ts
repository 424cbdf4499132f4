import type { FactoryProvider } from '@nestjs/common';
import { z } from 'zod';

type Shape = Record<string, z.ZodType>;

/** The settings of one module, read from the environment. Inject `token` to get the validated values. */
export interface Configuration<S extends Shape = Shape> {
  readonly name: string;
  readonly shape: S;
  readonly token: symbol;
  readonly provider: FactoryProvider<z.output<z.ZodObject<S>>>;
}

/** The validated values of a configuration: `ConfigurationOf<typeof mailConfig>`. */
export type ConfigurationOf<C extends Configuration> = z.output<z.ZodObject<C['shape']>>;

/** A setting that is missing or wrong, as the refusal at boot lists it. */
export interface ConfigurationIssue {
  readonly variable: string;
  readonly problem: string;
  readonly expects: string;
}

/** Thrown once at boot, with every wrong or missing variable. */
export class ConfigurationError extends Error {
  constructor(readonly issues: readonly ConfigurationIssue[]) {
    const lines = issues.map(
      (issue) => `  ${issue.variable}: ${issue.problem}\n    expects: ${issue.expects}`,
    );
    super(`The configuration is not usable:\n${lines.join('\n')}\nSee .env.example for every variable.`);
    this.name = 'ConfigurationError';
  }
}

const registry = new Map<string, Configuration>();

/** Every configuration that was declared, by name: in whichever order the files were imported. */
export const configurations = (): Configuration[] =>
  [...registry.values()].toSorted((one, other) => one.name.localeCompare(other.name));

/**
 * Declares the environment variables of a module: `name` is the module's, the keys of `shape` are the variables.
 * Mark values with {@link development} and {@link secret}; describe each with `.describe()`: the text goes to
 * `.env.example`. An empty variable counts as not set.
 */
export function configuration<S extends Shape>(name: string, shape: S): Configuration<S> {
  const token = Symbol(`configuration:${name}`);
  const declared: Configuration<S> = {
    name,
    shape,
    token,
    provider: { provide: token, useFactory: () => readConfiguration(declared, process.env) },
  };
  registry.set(name, declared as unknown as Configuration);
  return declared;
}

/** A variable with a value that works on a developer's machine and that production refuses. */
export const development = <T extends z.ZodType>(schema: T, value: string): T =>
  schema.meta({ ...schema.meta(), development: value }) as T;

/** A variable that must not be printed; production also refuses it when it is short or well known. */
export const secret = <T extends z.ZodType>(schema: T): T =>
  schema.meta({ ...schema.meta(), secret: true }) as T;

/** `true`, `false`, `1`, `0`, `yes`, `no`, `on`, `off`. */
export const flag = (): z.ZodType<boolean> => z.stringbool() as unknown as z.ZodType<boolean>;

/** Reads one configuration. @throws ConfigurationError with everything that is wrong in it. */
export function readConfiguration<S extends Shape>(
  declared: Configuration<S>,
  env: NodeJS.ProcessEnv,
): z.output<z.ZodObject<S>> {
  const { values, issues } = examine(declared as unknown as Configuration, env);
  if (issues.length > 0) throw new ConfigurationError(issues);
  return values as z.output<z.ZodObject<S>>;
}

/** Checks every declared configuration at once. @throws ConfigurationError that lists all that is wrong. */
export function assertConfigurations(env: NodeJS.ProcessEnv): void {
  const issues = configurations().flatMap((declared) => examine(declared, env).issues);
  if (issues.length > 0) throw new ConfigurationError(issues);
}

function examine(declared: Configuration, env: NodeJS.ProcessEnv) {
  const values: Record<string, unknown> = {};
  const issues: ConfigurationIssue[] = [];
  for (const [variable, schema] of Object.entries(declared.shape)) {
    const problem = readVariable(variable, schema, env, values);
    if (problem) issues.push({ variable, problem, expects: schema.description ?? 'a value' });
  }
  return { values, issues };
}

function readVariable(
  variable: string,
  schema: z.ZodType,
  env: NodeJS.ProcessEnv,
  values: Record<string, unknown>,
): string | undefined {
  const meta = schema.meta() ?? {};
  const production = env.NODE_ENV === 'production';
  const given = env[variable] === '' ? undefined : env[variable];
  if (production && meta.development !== undefined) {
    if (given === undefined) return 'is not set, and has no default in production';
    if (given === meta.development) return 'is the development value, which production refuses';
  }
  const unreal = production && given !== undefined && unrealSecret(given, meta);
  if (unreal) return unreal;
  const parsed = schema.safeParse(given ?? meta.development);
  if (!parsed.success) {
    return given === undefined ? 'is not set' : parsed.error.issues.map((issue) => issue.message).join('; ');
  }
  values[variable] = parsed.data;
  return undefined;
}

/** What every secret of this repository begins with that is none: those of `npm start` and of Compose. */
const KNOWN = 'development-';
/** Random text of 32 characters has never as few as this. */
const LEAST_DIFFERENT = 8;

/** Why a text is no secret: known to everybody, too short, or typed to be replaced later. */
function unrealSecret(given: string, meta: z.GlobalMeta): string | undefined {
  if (given.split(',').some((address) => passwordOf(address).startsWith(KNOWN)))
    return 'has a development password, which production refuses';
  if (!meta.secret) return undefined;
  if (given.length < 32) return 'is shorter than the 32 characters that production asks of a secret';
  // One of several keys is enough to open what all of them keep.
  if (given.startsWith(KNOWN) || (meta.development && given.includes(String(meta.development))))
    return 'is the development value, which production refuses';
  if (new Set(given).size < LEAST_DIFFERENT) return 'repeats a few characters, which no random secret does';
  return undefined;
}

const passwordOf = (address: string): string => (URL.canParse(address) ? new URL(address).password : '');
