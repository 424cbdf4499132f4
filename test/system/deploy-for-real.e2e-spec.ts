import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { parse } from 'yaml';
import { version } from '../../package.json';
import { type Authority, privateAuthority } from '../support/authority';
import { cloneDatabase, type TestDatabase } from '../support/database';
import { eventually } from '../support/eventually';
import { DIGEST, StandIns } from '../support/pipeline';
import { productionSettings } from '../support/production';
import { type Serving, serveApi } from '../support/serving';
import { type MailServer, startMailServer } from '../support/smtp';
import { runScript } from '../support/start-process';

const PROBE = { email: 'smoke@example.com', password: 'a pass phrase of the smoke test' };
const OTHER = `sha256:${'b'.repeat(64)}`;

/** What the chart gives a pod in production. */
const production = (): Record<string, string> => {
  const { config } = parse(readFileSync('deploy/helm/keelson/values-production.yaml', 'utf8'));
  return { ...productionSettings(), ...config, REVISION: DIGEST };
};

/** The ingress: TLS ends here, and the application learns that it was there. */
async function ingress({ cert, key }: Authority, port: number): Promise<Server> {
  const server = createServer({ cert, key }, (incoming, outgoing) => {
    const headers = {
      ...incoming.headers,
      'x-forwarded-proto': 'https',
      'x-forwarded-for': incoming.socket.remoteAddress,
    };
    const { method, url: path } = incoming;
    const passed = request({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(outgoing);
    });
    passed.on('error', () => outgoing.destroy());
    incoming.pipe(passed);
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  return server;
}

describe('A deployment to production, with the real smoke test and the real application', () => {
  const standIns = new StandIns('cosign', 'helm');
  const undo: (() => unknown)[] = [() => standIns.remove()];
  let database: TestDatabase;
  let serving: Serving;
  let authority: Authority;
  let address: string;

  beforeAll(async () => {
    authority = await privateAuthority(standIns.folder);
    database = await cloneDatabase();
    undo.unshift(() => database.drop());
    const mails = await startMailServer();
    undo.unshift(() => mails.close());
    const settings = { ...production(), SMTP_URL: mails.url };
    serving = await serveApi(database, settings);
    undo.unshift(serving.kill, () => serving.ended);
    const work = { ...settings, DATABASE_URL: database.url, WORKER_MANAGEMENT_PORT: '0', LOG_LEVEL: 'info' };
    const worker = runScript(process.cwd(), ['dist/worker.js'], work);
    undo.unshift(
      () => process.kill(worker.pid, 'SIGKILL'),
      () => worker.ended,
    );
    const server = await ingress(authority, serving.port);
    undo.unshift(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));
    address = `https://localhost:${(server.address() as AddressInfo).port}`;
    await register(mails);
  });
  afterAll(async () => {
    for (const step of undo) await step();
  });

  async function send(method: string, path: string, body: object, expected: number): Promise<void> {
    const headers = { 'content-type': 'application/json' };
    const { status } = await fetch(serving.url + path, { method, headers, body: JSON.stringify(body) });
    expect(status).toBe(expected);
  }

  /** As docs/guide/deployment.md has it: registered and confirmed, in no organization. */
  async function register({ received }: MailServer): Promise<void> {
    await send('POST', '/v1/auth/register', { ...PROBE, name: 'Smoke' }, 202);
    const token = await eventually(() => {
      const found = /k\w\w_[\w-]{43}/.exec(received[0]?.parsed.text ?? '');
      if (!found) throw new Error('no mail has come');
      return found[0];
    });
    await send('PUT', '/v1/auth/email/verification', { token }, 204);
  }

  const deploy = (digest: string) => {
    const image = ['--image', 'ghcr.io/owner/keelson', '--digest', digest];
    const history = JSON.stringify([{ revision: 7, status: 'deployed', description: 'Upgrade complete' }]);
    return standIns.runBeside(
      'deploy.mjs',
      ['production', ...image, '--host', 'keelson.example.com', '--address', address],
      {
        answers: {
          'helm history': { out: history },
          'helm get': { out: JSON.stringify({ image: { digest } }) },
        },
        env: {
          COSIGN_IDENTITY: 'https://github.com/owner/keelson/.github/workflows/release.yml@refs/heads/main',
          SMOKE_EMAIL: PROBE.email,
          SMOKE_PASSWORD: PROBE.password,
          SMOKE_SETTLE_SECONDS: '1',
          NODE_EXTRA_CA_CERTS: authority.caFile,
          HOME: standIns.folder,
        },
      },
    );
  };

  it('stays when the image answers that was deployed, although no document is served', async () => {
    expect((await fetch(`${serving.url}/openapi.json`)).status).toBe(404);
    const { status, said, order, told } = await deploy(DIGEST);
    expect([status, said]).toEqual([0, expect.stringContaining(`${version}, revision ${DIGEST}`)]);
    expect(order).toEqual(['cosign verify', 'helm history', 'helm upgrade', 'helm get']);
    expect(told).toBe(`digest=${DIGEST}\n`);
  });

  it('is taken back when another image of the same version answers', async () => {
    const { status, said, order, told } = await deploy(OTHER);
    expect([status, told, order.at(-1)]).toEqual([1, '', 'helm rollback']);
    expect(said).toContain(`revision ${DIGEST} answers, not ${OTHER}`);
    expect(said).toContain('Revision 7 serves again.');
    expect(said.match(/^FAIL .*/gm)).toHaveLength(1);
  });
});
