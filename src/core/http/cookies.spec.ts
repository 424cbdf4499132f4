import type { FastifyRequest } from 'fastify';
import { Cookies } from './cookies';
import type { HttpConfig } from './http.config';

const cookies = (PUBLIC_URL: string, NODE_ENV: string) =>
  new Cookies({ PUBLIC_URL, NODE_ENV } as HttpConfig, {} as never);
const request = { headers: { cookie: '__Host-keelson_session=a; keelson_session=b' } } as FastifyRequest;

describe('Cookies', () => {
  it('are never set nor read in production without https', () => {
    const open = cookies('http://app.example', 'production');
    expect(() => open.assertAllowed()).toThrow('This server sets no cookies');
    expect(() => open.set('session', 'x', { seconds: 1, sameSite: 'strict' })).toThrow(
      'This server sets no cookies',
    );
    expect(open.read(request, 'session')).toBeUndefined();
  });

  it.each([
    ['https://app.example', 'production', 'a'],
    ['https://app.example', 'development', 'a'],
    ['http://127.0.0.1:3000', 'development', 'b'],
  ])('are read under the name that %s has for them in %s', (publicUrl, environment, value) => {
    expect(cookies(publicUrl, environment).read(request, 'session')).toBe(value);
  });
});
