import { base32Of, codeAt, keyUri, newSecret, stepOf } from './one-time-codes';

/** The key of RFC 6238, appendix B. */
const KEY = Buffer.from('12345678901234567890');
const STEP_MS = 30_000;
const NOW = 1_790_000_000_000;

describe('One-time codes', () => {
  it.each([
    [59, '94287082'],
    [1_111_111_109, '07081804'],
    [1_111_111_111, '14050471'],
    [1_234_567_890, '89005924'],
    [2_000_000_000, '69279037'],
    [20_000_000_000, '65353130'],
  ])('are at second %i what RFC 6238, appendix B, says', (second, code) => {
    expect(codeAt(KEY, second * 1000, 8)).toBe(code);
    expect(codeAt(KEY, second * 1000)).toBe(code.slice(2));
  });

  it.each([
    ['are not taken two steps late', -2, false],
    ['are taken one step late', -1, true],
    ['are taken in their step', 0, true],
    ['are taken one step early', 1, true],
    ['are not taken two steps early', 2, false],
  ])('%s', (_title, steps, taken) => {
    const code = codeAt(KEY, NOW + steps * STEP_MS);
    expect(stepOf(KEY, code, NOW)).toBe(taken ? Math.floor(NOW / STEP_MS) + steps : null);
  });

  it.each([[''], ['1'], ['1234567'], ['abcdef'], ['１２３４５６']])('are never %j', (code) => {
    expect(stepOf(KEY, code, NOW)).toBeNull();
  });

  it('of one secret are worth nothing for another', () => {
    expect(stepOf(newSecret(), codeAt(KEY, NOW), NOW)).toBeNull();
  });

  it('come from secrets of 160 random bits, printed in base32', () => {
    const [one, other] = [newSecret(), newSecret()];
    expect(one).toHaveLength(20);
    expect(one.equals(other)).toBe(false);
    expect(base32Of(KEY)).toBe('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ');
  });

  it('are set up by a URI that names service and account, whatever characters these have', () => {
    const uri = new URL(keyUri(KEY, 'Keel & Son: Ltd', 'ada+1@example.com'));
    expect(decodeURIComponent(uri.pathname)).toBe('/Keel & Son: Ltd:ada+1@example.com');
    expect(uri.href).toMatch(/^otpauth:\/\/totp\//);
    expect(Object.fromEntries(uri.searchParams)).toEqual({
      issuer: 'Keel & Son: Ltd',
      secret: base32Of(KEY),
      algorithm: 'SHA1',
      digits: '6',
      period: '30',
    });
  });
});
