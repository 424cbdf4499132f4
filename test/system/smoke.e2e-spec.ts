import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startApp, type TestApp } from '../support/app';
import { runScript } from '../support/start-process';

async function smoke(address: string, env: Record<string, string> = {}) {
  const { ended, output } = runScript(process.cwd(), ['scripts/smoke.mjs', address], env);
  const code = await ended;
  const failed = [...output().matchAll(/^FAIL (.{17})/gm)].map(([, name]) => name!.trim());
  return { code, failed, output: output() };
}

describe('The smoke test of an installation', () => {
  let test: TestApp;
  let probe: { SMOKE_EMAIL: string; SMOKE_PASSWORD: string };
  beforeAll(async () => {
    test = await startApp();
    const { email, password } = test.plan.organizations[0]!.users[0]!;
    probe = { SMOKE_EMAIL: email, SMOKE_PASSWORD: password };
  });
  afterAll(() => test?.close());

  const nameOfProbe = async () => {
    const { SMOKE_EMAIL: email, SMOKE_PASSWORD: password } = probe;
    const { body } = await test.http.post('/v1/auth/login').send({ email, password }).expect(200);
    const me = await test.http.get('/v1/me').set('authorization', `Bearer ${body.accessToken}`).expect(200);
    return me.body.name as string;
  };

  it('passes on one that is well, and leaves it as it was', async () => {
    const name = await nameOfProbe();
    const { code, failed, output } = await smoke(test.url, probe);
    expect([failed, code]).toEqual([[], 0]);
    expect(output).toMatch(/^ok +write, clean up .+ changed back$/m);
    expect(output).not.toContain(probe.SMOKE_PASSWORD);
    expect(await nameOfProbe()).toBe(name);
  });

  it('fails when another version answers', async () => {
    const { code, failed } = await smoke(test.url, {
      ...probe,
      SMOKE_VERSION: '99.0.0',
      SMOKE_SETTLE_SECONDS: '1',
    });
    expect([failed, code]).toEqual([['version'], 1]);
  });

  it.each(['abc', '-5', '31', '1.5'])(
    'asks nothing when it shall settle within %s seconds',
    async (seconds) => {
      const { code, output } = await smoke(test.url, { ...probe, SMOKE_SETTLE_SECONDS: seconds });
      expect([code, output]).toEqual([2, expect.stringContaining('from 0 to 30')]);
    },
  );

  it('fails when the account cannot sign in, and says with which code', async () => {
    const wrong = await smoke(test.url, { ...probe, SMOKE_PASSWORD: 'not the password' });
    expect([wrong.failed, wrong.code]).toEqual([['sign-in', 'version', 'write, clean up', 'sign-out'], 1]);
    expect(wrong.output).toContain('answered 401 invalid_credentials, not 200');
    const none = await smoke(test.url);
    expect(none.output).toContain('set SMOKE_EMAIL and SMOKE_PASSWORD');
  });

  it.each(['http://example.com', 'https://user:password@example.com', 'example.com'])(
    'sends no password to %s',
    async (address) => {
      const { code, output } = await smoke(address, probe);
      expect([code, output.includes('ok ')]).toEqual([2, false]);
    },
  );

  describe('against something else that answers 200 to everything', () => {
    let server: Server;
    beforeAll(async () => {
      server = createServer((_request, response) => response.end('{}'));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    });
    afterAll(() => server?.close());

    it('fails, and names all that is missing', async () => {
      const { port } = server.address() as AddressInfo;
      const { code, failed, output } = await smoke(`http://127.0.0.1:${port}`, probe);
      expect(code).toBe(1);
      expect(failed).toEqual(expect.arrayContaining(['OpenAPI', 'strangers', 'headers', 'write, clean up']));
      expect(output).toContain('x-content-type-options, content-security-policy');
    });
  });
});
