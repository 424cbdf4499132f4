import { Body, Controller, Get, Module, Post } from '@nestjs/common';
import { z } from 'zod';
import { Authenticated, Public } from '../../src/core/auth/access';
import { Authentication } from '../../src/core/auth/authentication';
import type { Principal } from '../../src/core/auth/principal';
import { CoreModule } from '../../src/core/core.module';
import { RateClass } from '../../src/core/http/rate-limits/rate-class';
import { startApp, type TestApp } from '../support/app';
import { findRedis, startRedis, type RedisServer } from '../support/redis';

let handled = 0;

@Controller()
class LimitedController {
  @Get('open')
  @Public()
  open() {
    handled += 1;
    return { ok: true };
  }

  @Get('mine')
  @Authenticated()
  mine() {
    handled += 1;
    return { ok: true };
  }

  @Post('proof')
  @Public()
  @RateClass('auth')
  proof(@Body({ schema: z.strictObject({}) }) _body: object) {
    handled += 1;
    return { ok: true };
  }

  @Get('free')
  @Public()
  @RateClass('unlimited')
  free() {
    return { ok: true };
  }
}

@Module({ imports: [CoreModule], controllers: [LimitedController] })
class LimitedModule {}

const TIGHT = {
  RATE_LIMIT_DEFAULT: '3/3600',
  RATE_LIMIT_AUTH: '1/3600',
  TRUST_PROXY_HOPS: '1',
  REDIS_URL: '',
};

/** Tokens are `<user>/<organization>`; this is the port's own way to be given an authenticator. */
const principalOf = (credential: string): Principal | null => {
  const [userId, tenantId] = credential.split('/');
  if (!userId || !tenantId) return null;
  return {
    kind: 'user',
    userId,
    sessionId: 's',
    tenantId,
    role: 'viewer',
    permissions: new Set(),
    authenticatedAt: 0,
    showedSecondFactor: false,
    lacksSecondFactor: false,
  };
};

async function start(env: Record<string, string> = {}): Promise<TestApp> {
  const started = await startApp({ ...TIGHT, ...env }, LimitedModule);
  started.app.get(Authentication).use({ authenticate: principalOf, forget: () => undefined });
  return started;
}

const from = (address: string) => ({ 'x-forwarded-for': address });
const as = (who: string) => ({ authorization: `Bearer ${who}` });

describe('Rate limits', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await start();
  });
  afterAll(() => service?.close());

  it('tell a caller what is left, refuse what is too much, and run nothing then', async () => {
    const answers = [];
    for (let turn = 0; turn < 3; turn += 1) {
      answers.push(await service.http.get('/open').set(from('192.0.2.1')).expect(200));
    }
    expect(answers.map(({ headers }) => headers['ratelimit']!.replace(/t=\d+$/, 't'))).toEqual([
      '"default";r=2;t',
      '"default";r=1;t',
      '"default";r=0;t',
    ]);
    expect(answers[0]!.headers['ratelimit-policy']).toBe('"default";q=3;w=3600');
    const before = handled;
    const refused = await service.http.get('/open').set(from('192.0.2.1')).expect(429);
    expect(refused.body).toMatchObject({ code: 'rate_limited', status: 429 });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(3000);
    expect(refused.headers['ratelimit']).toBe(`"default";r=0;t=${refused.headers['retry-after']}`);
    expect(refused.headers['ratelimit-policy']).toBe('"default";q=3;w=3600');
    expect(handled).toBe(before);
  });

  it('count addresses apart, and what they claim beyond the trusted proxy not at all', async () => {
    for (let turn = 0; turn < 3; turn += 1) {
      await service.http
        .get('/open')
        .set(from(`203.0.113.${turn}, 192.0.2.2`))
        .expect(200);
    }
    await service.http.get('/open').set(from('203.0.113.9, 192.0.2.2')).expect(429);
    await service.http.get('/open').set(from('192.0.2.3')).expect(200);
  });

  it('take the /64 of an IPv6 line for one caller, and IPv4 in IPv6 for IPv4', async () => {
    for (const address of ['2001:db8:0:7::1', '2001:DB8::7:a:b:c:d', '2001:db8:0:0007:ffff::']) {
      await service.http.get('/open').set(from(address)).expect(200);
    }
    await service.http.get('/open').set(from('2001:db8:0:7::99')).expect(429);
    await service.http.get('/open').set(from('2001:db8:0:8::1')).expect(200);
    for (const address of ['::ffff:192.0.2.4', '192.0.2.4', '::ffff:192.0.2.4']) {
      await service.http.get('/open').set(from(address)).expect(200);
    }
    await service.http.get('/open').set(from('192.0.2.4')).expect(429);
  });

  it('belong to the user and organization of a signed-in caller, wherever they call from', async () => {
    for (const address of ['192.0.2.11', '192.0.2.12', '192.0.2.13']) {
      await service.http.get('/mine').set(from(address)).set(as('ada/one')).expect(200);
    }
    await service.http.get('/mine').set(from('192.0.2.14')).set(as('ada/one')).expect(429);
    await service.http.get('/mine').set(from('192.0.2.14')).set(as('ada/two')).expect(200);
    await service.http.get('/mine').set(from('192.0.2.14')).set(as('bob/one')).expect(200);
  });

  it('stop the guessing of tokens, but not the signed-in neighbour at the same address', async () => {
    for (const guess of ['a', 'b', 'c']) {
      const refused = await service.http.get('/mine').set(from('192.0.2.20')).set(as(guess)).expect(401);
      expect(refused.headers['ratelimit-policy']).toBe('"default";q=3;w=3600');
    }
    await service.http.get('/mine').set(from('192.0.2.20')).set(as('d')).expect(429);
    await service.http.get('/mine').set(from('192.0.2.20')).expect(429);
    await service.http.get('/mine').set(from('192.0.2.20')).set(as('eve/one')).expect(200);
  });

  it('give the routes that prove a secret a smaller budget of their own', async () => {
    await service.http.post('/proof').set(from('192.0.2.30')).send({}).expect(201);
    await service.http.post('/proof').set(from('192.0.2.30')).send({ wrong: 1 }).expect(429);
    await service.http.get('/open').set(from('192.0.2.30')).expect(200);
  });

  it('let exactly as many of parallel requests through as the budget has', async () => {
    const parallel = Array.from({ length: 20 }, () => service.http.get('/open').set(from('192.0.2.40')));
    const statuses = (await Promise.all(parallel)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(3);
    expect(statuses.filter((status) => status === 429)).toHaveLength(17);
  });

  it('leave probes alone', async () => {
    for (let turn = 0; turn < 5; turn += 1) {
      const { headers } = await service.http.get('/free').set(from('192.0.2.50')).expect(200);
      expect(headers['ratelimit']).toBeUndefined();
    }
  });
});

const withRedis = findRedis() ? describe : describe.skip;

withRedis(`Rate limits in Redis${findRedis() ? '' : ' (skipped: there is no redis-server binary)'}`, () => {
  let redis: RedisServer;
  let instances: TestApp[];
  beforeAll(async () => {
    redis = await startRedis();
    instances = [await start({ REDIS_URL: redis.url }), await start({ REDIS_URL: redis.url })];
  });
  afterAll(async () => {
    await Promise.all(instances.map((instance) => instance?.close()));
    await redis?.stop();
  });

  it('are exact across instances', async () => {
    const statuses = await Promise.all(
      Array.from({ length: 30 }, async (_, turn) => {
        const { status } = await instances[turn % 2]!.http.get('/open').set(from('192.0.2.1'));
        return status;
      }),
    );
    expect(statuses.filter((status) => status === 200)).toHaveLength(3);
    expect(statuses.filter((status) => status === 429)).toHaveLength(27);
  });

  it.each([
    ['does not answer', '192.0.2.2', async () => redis.hang()],
    ['is away', '192.0.2.3', () => redis.stop()],
  ])(
    'are counted by each instance for itself while Redis %s, and no request fails',
    async (_how, caller, harm) => {
      await harm();
      for (const instance of instances) {
        for (let turn = 0; turn < 3; turn += 1) {
          await instance.http.get('/open').set(from(caller)).expect(200);
        }
        await instance.http.get('/open').set(from(caller)).expect(429);
      }
    },
  );
});
