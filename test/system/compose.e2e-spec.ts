import { readFileSync } from 'node:fs';
import { brokenPromises } from '../../scripts/deploy/compose-check.mjs';

const text = readFileSync('docker-compose.yml', 'utf8');

describe('The check of docker-compose.yml', () => {
  it('finds nothing in the real one', () => {
    expect(brokenPromises(text)).toEqual([]);
  });

  it.each([
    ['postgres:18.1-bookworm', 'postgres:latest', 'postgres: the image names no version'],
    ["['127.0.0.1:${PORT:-3000}:3000']", "['3000:3000']", 'api: a port is open to other machines'],
    ['profiles: [app]', 'profiles: []', 'worker: starts without the profile app'],
    ['read_only: true', 'read_only: false', 'migrate: may write to its file system'],
    ['cap_drop: [ALL]', 'cap_drop: [NET_RAW]', 'api: keeps rights of root'],
    ['no-new-privileges:true', 'no-new-privileges:false', 'api: could gain rights'],
    [
      '{ condition: service_healthy }',
      '{ condition: service_started }',
      'api: does not wait for the database',
    ],
    ['service_completed_successfully', 'service_started', 'worker: does not wait for the migrations'],
    [
      'REDIS_URL:',
      'DATABASE_OWNER_URL: postgres://a@b/c\n    REDIS_URL:',
      'api: knows the owner of the tables',
    ],
    ['NODE_ENV: development', 'NODE_ENV: production', 'api: passes for production'],
    ['test: [CMD, redis-cli, ping]', 'disable: true', 'redis: nobody can wait for its health'],
    [
      '  worker:\n    <<: *app',
      '  worker:\n    <<: *app\n    build: .',
      'the image is built by worker, migrate',
    ],
    ['    build: .\n', '', 'the image is built by no service'],
    ['command: [worker]', 'command: [api]', 'worker: runs another process than its name says'],
    ['      - postgres:/var/lib/postgresql\n', '', 'postgres: forgets everything with its container'],
    ['noeviction', 'allkeys-lru', 'redis: forgets jobs when memory runs short'],
    ['image: redis:7.4-bookworm', 'image: redis:7.4\n    profiles: [app]', 'redis: a profile keeps it'],
  ])('refuses "%s" as "%s"', (from, to, complaint) => {
    const broken = text.replace(from, to);
    expect(broken).not.toBe(text);
    expect(brokenPromises(broken).join('\n')).toContain(complaint);
  });
});
