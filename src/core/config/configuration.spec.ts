import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { configuration, ConfigurationError, development, readConfiguration, secret } from './configuration';

const KNOWN_KEY = 'ZGV2ZWxvcG1lbnQta2V5LW9mLXRoaXMtdGVzdA==';
const declared = configuration('a-test', {
  KEYS: development(secret(z.string()), KNOWN_KEY).describe('Keys.'),
  ADDRESSES: z.string().optional().describe('Addresses.'),
});
const key = () => randomBytes(32).toString('base64');
// Not written as one address: the scan for secrets would find a password in it.
const database = (password: string) => `postgres://me:${password}@a/b`;

function refusal(env: NodeJS.ProcessEnv): string | undefined {
  try {
    readConfiguration(declared, env);
    return undefined;
  } catch (error) {
    if (error instanceof ConfigurationError) return error.issues.map(({ problem }) => problem).join('; ');
    throw error;
  }
}

describe('Production', () => {
  it.each([
    ['a real secret', { KEYS: key() }],
    ['several of them', { KEYS: `${key()},${key()}` }],
    ['an address with a real password', { KEYS: key(), ADDRESSES: database(randomBytes(9).toString('hex')) }],
    ['an address without one', { KEYS: key(), ADDRESSES: 'postgres://development-host/b' }],
  ])('starts with %s', (_what, env) => {
    expect(refusal({ NODE_ENV: 'production', ...env })).toBeUndefined();
  });

  it.each([
    ['no secret', { KEYS: '' }, 'is not set'],
    ['a short one', { KEYS: 'short' }, 'is shorter than'],
    ['the one that development has', { KEYS: KNOWN_KEY }, 'is the development value'],
    ['that one beside a real one', { KEYS: `${key()},${KNOWN_KEY}` }, 'is the development value'],
    ['one of a local stand-in', { KEYS: `development-${key()}` }, 'is the development value'],
    ['a text that waits for a secret', { KEYS: 'changeme'.repeat(5) }, 'repeats a few characters'],
    [
      'a password of Compose',
      { KEYS: key(), ADDRESSES: 'redis://:development-app@a' },
      'a development password',
    ],
    [
      'such a password in the second address',
      { KEYS: key(), ADDRESSES: `${database('real')},${database('development-app')}` },
      'a development password',
    ],
  ])('does not start with %s, which development takes', (_what, env, problem) => {
    expect(refusal({ NODE_ENV: 'production', ...env })).toContain(problem);
    expect(refusal({ NODE_ENV: 'development', ...env })).toBeUndefined();
  });
});
