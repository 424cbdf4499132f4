import { Body, Controller, Get, Header, Module, Post, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { Public } from '../../src/core/auth/access';
import { CoreModule } from '../../src/core/core.module';
import { startApp, type TestApp } from '../support/app';

const LONG_TEXT = 'keelson '.repeat(1000);

@Public()
@Controller()
class AnswersController {
  @Get('small')
  small() {
    return { ok: true };
  }

  @Get('long')
  @RouteConfig({ answerHeaders: ['etag'] })
  long() {
    return { version: 7, text: LONG_TEXT };
  }

  @Get('stream')
  stream(@Res() reply: FastifyReply) {
    return reply.type('text/event-stream').send(`data: ${LONG_TEXT}\n\n`);
  }

  @Get('kept')
  @Header('cache-control', 'public, max-age=60')
  @Header('content-security-policy', "default-src 'self'")
  kept() {
    return { ok: true };
  }

  @Post('things')
  add(@Body({ schema: z.strictObject({}) }) _body: object) {
    return { ok: true };
  }
}

@Module({ imports: [CoreModule], controllers: [AnswersController] })
class AnswersModule {}

const NORMAL = { CORS_ORIGINS: '', PUBLIC_URL: '' };
const serve = (env: Record<string, string>) => startApp({ ...NORMAL, ...env }, AnswersModule);

describe('Headers', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await serve({ PUBLIC_URL: 'https://api.example.com' });
  });
  afterAll(() => service?.close());

  const safe = {
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'x-frame-options': 'DENY',
    'cross-origin-resource-policy': 'same-origin',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'strict-transport-security': 'max-age=31536000; includeSubDomains',
    'cache-control': 'no-store',
  };

  it.each([
    ['an answer', '/small', 200],
    ['an unknown address', '/nowhere', 404],
    ['an address that cannot be read', '/%', 400],
    ['a path that is too long', `/${'a'.repeat(9000)}`, 404],
  ])('protect %s', async (_what, path, status) => {
    const { headers } = await service.http.get(path).expect(status);
    expect(headers).toMatchObject(safe);
    expect(headers['x-powered-by']).toBeUndefined();
  });

  it('protect a refusal of the method, and of bytes that are no request', async () => {
    expect((await service.http.delete('/small').expect(405)).headers).toMatchObject(safe);
    const { headers } = await service.http.get('/small').set('x-long', 'a'.repeat(20_000)).expect(431);
    expect(headers).toMatchObject(safe);
  });

  it('do not promise https where there is none', async () => {
    const plain = await serve({});
    const { headers } = await plain.http.get('/small').expect(200);
    await plain.close();
    expect(headers['strict-transport-security']).toBeUndefined();
  });

  it('may be decided by the route', async () => {
    const { headers } = await service.http.get('/kept').expect(200);
    expect(headers['cache-control']).toBe('public, max-age=60');
    expect(headers['content-security-policy']).toBe("default-src 'self'");
  });

  it.each([
    ['text/plain', '{}'],
    ['application/x-www-form-urlencoded', 'a=1'],
    ['application/xml', '<a/>'],
    ['multipart/form-data; boundary=x', '--x--'],
  ])('name the content type: %s is refused with 415', async (type, body) => {
    const refused = await service.http.post('/things').set('content-type', type).send(body).expect(415);
    expect(refused.body).toMatchObject({ code: 'unsupported_media_type' });
  });

  it('must not announce a packed body', async () => {
    const packed = service.http
      .post('/things')
      .set('content-encoding', 'gzip')
      .set('content-type', 'application/json');
    const { headers } = await packed.send('{}').expect(415);
    expect(headers['accept-encoding']).toBe('identity');
  });
});

describe('Pages of other origins', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await serve({ CORS_ORIGINS: 'https://app.example.com, http://localhost:5173' });
  });
  afterAll(() => service?.close());

  const preflight = (origin: string, path = '/things') =>
    service.http.options(path).set({ origin, 'access-control-request-method': 'PATCH' });

  it('may call the API when they are listed', async () => {
    const asked = await preflight('https://app.example.com').expect(204);
    expect(asked.headers['access-control-allow-origin']).toBe('https://app.example.com');
    expect(asked.headers['access-control-allow-methods']).toBe('GET, HEAD, POST, PUT, PATCH, DELETE');
    expect(asked.headers['access-control-allow-headers']).toContain('If-Match');
    expect(asked.headers['vary']).toContain('Origin');
    const { headers } = await service.http.get('/small').set('origin', 'http://localhost:5173').expect(200);
    expect(headers['access-control-allow-origin']).toBe('http://localhost:5173');
    expect(headers['access-control-expose-headers']).toContain('ETag');
    const failed = await service.http.get('/nowhere').set('origin', 'http://localhost:5173').expect(404);
    expect(failed.headers['access-control-allow-origin']).toBe('http://localhost:5173');
  });

  it.each(['https://evil.example.com', 'https://app.example.com.evil.com', 'http://app.example.com', 'null'])(
    'may not when they are not: %s',
    async (origin) => {
      const asked = await preflight(origin).expect(405);
      expect(asked.headers['access-control-allow-origin']).toBeUndefined();
      const { headers } = await service.http.get('/small').set('origin', origin).expect(200);
      expect(headers['access-control-allow-origin']).toBeUndefined();
      expect(headers['vary']).toContain('Origin');
    },
  );
});

describe('Compression', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await serve({});
  });
  afterAll(() => service?.close());

  const get = (coding: string, path = '/long') => service.http.get(path).set('accept-encoding', coding);

  it.each([
    ['br, gzip', 'br'],
    ['gzip', 'gzip'],
    ['gzip;q=1, br;q=0', 'gzip'],
  ])('follows %s', async (accepted, coding) => {
    const response = await fetch(`${service.url}/long`, { headers: { 'accept-encoding': accepted } });
    expect(response.headers.get('content-encoding')).toBe(coding);
    expect(response.headers.get('vary')).toContain('accept-encoding');
    expect(response.headers.get('etag')).toBe(`"7-${coding}"`);
    expect(await response.json()).toEqual({ version: 7, text: LONG_TEXT });
  });

  it('gives each coding a strong tag of its own, which If-None-Match may repeat', async () => {
    expect((await get('identity').expect(200)).headers['etag']).toBe('"7"');
    expect((await get('gzip').expect(200)).headers['etag']).toBe('"7-gzip"');
    const fresh = await get('gzip').set('if-none-match', '"7-gzip"').expect(304);
    expect(fresh.headers['etag']).toBe('"7-gzip"');
    expect((await get('identity').set('if-none-match', '"7"').expect(304)).headers['etag']).toBe('"7"');
  });

  it('leaves small answers and event streams alone', async () => {
    for (const path of ['/small', '/stream']) {
      expect((await get('br, gzip', path).expect(200)).headers['content-encoding']).toBeUndefined();
    }
  });
});

describe('Plain http in front of the proxy', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await serve({ PUBLIC_URL: 'https://api.example.com', TRUST_PROXY_HOPS: '1' });
  });
  afterAll(() => service?.close());
  const over = (scheme: string) => ({ 'x-forwarded-proto': scheme });

  it.each([
    ['/small?page=2', 'https://api.example.com/small?page=2'],
    ['//evil.example/', 'https://api.example.com//evil.example/'],
    ['/nowhere', 'https://api.example.com/nowhere'],
  ])('leads who reads %s to https, and nowhere else', async (path, location) => {
    const { headers } = await service.http.get(path).set(over('http')).expect(308);
    expect(headers).toMatchObject({
      location,
      'strict-transport-security': 'max-age=31536000; includeSubDomains',
    });
  });

  it('refuses what writes, so that no client goes on sending secrets in the clear', async () => {
    const { body } = await service.http.post('/things').set(over('http')).send({}).expect(403);
    expect(body.code).toBe('https_required');
  });

  it('is not seen in what came by https, nor in a probe that came past the proxy', async () => {
    await service.http.post('/things').set(over('https')).send({}).expect(201);
    await service.http.get('/small').expect(200);
  });

  it('is not the word of a caller whom no proxy vouches for', async () => {
    const direct = await serve({ PUBLIC_URL: 'https://api.example.com', TRUST_PROXY_HOPS: '0' });
    await direct.http.get('/small').set(over('http')).expect(200);
    await direct.close();
  });
});
