import { Controller, Get, Module } from '@nestjs/common';
import { z } from 'zod';
import { Public } from '../../src/core/auth/access';
import { CoreModule } from '../../src/core/core.module';
import { NeverShed } from '../../src/core/http/overload';
import { Returns } from '../../src/core/http/returns';
import { startApp, type TestApp } from '../support/app';
import { eventually } from '../support/eventually';

let open: () => void;
let gate: Promise<void>;
let waiting = 0;
const closeGate = () => {
  gate = new Promise((resolve) => (open = resolve));
};

@Public()
@Controller()
class BusyController {
  @Get('small')
  small() {
    return { ok: true };
  }

  @Get('wait')
  async wait() {
    waiting += 1;
    await gate;
    waiting -= 1;
    return { ok: true };
  }

  @Get('spin')
  spin() {
    const until = performance.now() + 150;
    while (performance.now() < until);
    return { ok: true };
  }

  @Get('alive')
  @NeverShed()
  alive() {
    return { ok: true };
  }

  @Get('tagged/above')
  @NeverShed()
  @Returns(z.object({ ok: z.boolean() }), { headers: ['etag'] })
  above() {
    return { ok: true, version: 7 };
  }

  @Get('tagged/below')
  @Returns(z.object({ ok: z.boolean() }), { headers: ['etag'] })
  @NeverShed()
  below() {
    return { ok: true, version: 7 };
  }
}

@Module({ imports: [CoreModule], controllers: [BusyController] })
class BusyModule {}

const NORMAL = { OVERLOAD_IN_FLIGHT: '1000', OVERLOAD_EVENT_LOOP_DELAY_MS: '0' };
const serve = (env: Record<string, string>) => startApp({ ...NORMAL, ...env }, BusyModule);

describe('Under too many requests at once', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await serve({ OVERLOAD_IN_FLIGHT: '2' });
  });
  afterAll(() => service?.close());

  it('the next is turned away with 503, a probe is answered, and there is room again afterwards', async () => {
    closeGate();
    const first = [1, 2].map(async () => (await service.http.get('/wait')).status);
    await eventually(() => expect(waiting).toBe(2));
    const { body, headers } = await service.http.get('/small').expect(503);
    expect(body).toMatchObject({ code: 'overloaded', status: 503 });
    expect(headers['retry-after']).toBe('2');
    await service.http.get('/alive').expect(200);
    for (const order of ['above', 'below']) {
      await service.http.get(`/tagged/${order}`).expect(200).expect('etag', '"7"');
    }
    open();
    expect(await Promise.all(first)).toEqual([200, 200]);
    await service.http.get('/small').expect(200);
  });

  it('those whose callers have left free their places', async () => {
    closeGate();
    const abort = new AbortController();
    const left = [1, 2].map(() => fetch(`${service.url}/wait`, { signal: abort.signal }).catch(() => 'left'));
    await eventually(() => expect(waiting).toBe(2));
    abort.abort();
    expect(await Promise.all(left)).toEqual(['left', 'left']);
    await eventually(() => service.http.get('/small').expect(200));
    open();
    await eventually(() => expect(waiting).toBe(0));
  });
});

describe('When the event loop is blocked', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await serve({ OVERLOAD_EVENT_LOOP_DELAY_MS: '20' });
  });
  afterAll(() => service?.close());

  it('requests are turned away until it is free again, and probes are answered', async () => {
    await eventually(async () => {
      const statuses = await Promise.all([1, 2, 3, 4].map(() => service.http.get('/spin')));
      expect(statuses.map(({ status }) => status)).toContain(503);
    });
    await service.http.get('/alive').expect(200);
    await eventually(() => service.http.get('/small').expect(200));
  });
});
