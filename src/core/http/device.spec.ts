import { deviceOf } from './device';

describe('The name of a device', () => {
  const mozilla = 'Mozilla/5.0';
  it.each([
    ['Firefox on Linux', `${mozilla} (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0`],
    [
      'Chrome on Windows',
      `${mozilla} (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36`,
    ],
    [
      'Edge on Windows',
      `${mozilla} (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36 Edg/150.0`,
    ],
    [
      'Safari on macOS',
      `${mozilla} (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15`,
    ],
    [
      'Safari on iPhone',
      `${mozilla} (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1`,
    ],
    [
      'Chrome on Android',
      `${mozilla} (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Mobile Safari/537.36`,
    ],
    ['curl', 'curl/8.14.1'],
    ['Mozilla on Linux', `${mozilla} (X11; Linux x86_64)`],
  ])('is %s', (name, userAgent) => {
    expect(deviceOf(userAgent)).toBe(name);
  });

  it('is none when the client did not say what it is', () => {
    expect([deviceOf(null), deviceOf(''), deviceOf('/')]).toEqual([null, null, null]);
  });

  it('is found in an instant, whatever the client says', () => {
    const started = performance.now();
    deviceOf('Version/1'.repeat(20_000));
    expect(performance.now() - started).toBeLessThan(1000);
  });
});
