import { ExpiredRows } from '../../src/modules/auth/expired-rows';
import { Mailbox } from './mailbox.fixture';

const SUBJECT = 'A new sign-in to your account';
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
const SAFARI =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Mobile Safari/604.1';
const HOME = '192.0.2.7';
const ABROAD = '203.0.113.9';

describe('A mail about a sign-in', () => {
  let box: Mailbox;
  beforeAll(async () => {
    box = await Mailbox.start({ TRUST_PROXY_HOPS: '1' });
  });
  afterAll(() => box?.close());

  const login = (email: string, userAgent: string, address: string, password?: string) =>
    box.login(email, password).set('user-agent', userAgent).set('x-forwarded-for', address);
  const signIn = (email: string, userAgent: string, address: string) =>
    login(email, userAgent, address).expect(200);
  /** What the ledger says of each sign-in, oldest first: it has the answer at once, where a mail takes its time. */
  const news = async (email: string): Promise<unknown[]> => {
    const rows = await box.sql(
      `select details -> 'newPlace' as news from security_events where type = 'auth.signed_in'
         and user_id = (select id from users where email = $1) order by id`,
      [email],
    );
    return rows.map((row) => row.news);
  };

  it('tells the owner of one from a network that was never seen, with what and from where', async () => {
    const email = await box.account();
    await signIn(email, FIREFOX, HOME);
    await signIn(email, FIREFOX, ABROAD);
    const { text } = await box.newest(email, SUBJECT);
    expect(text).toContain(`A new sign-in to your account from Firefox on Linux, ${ABROAD}, at `);
    expect(text).toContain('/v1/auth/password/reset');
    expect(await box.received(email, SUBJECT)).toHaveLength(1);
  });

  it('tells of one with a device that was never seen, in a network that was', async () => {
    const email = await box.account();
    await signIn(email, FIREFOX, HOME);
    await signIn(email, SAFARI, HOME);
    expect((await box.newest(email, SUBJECT)).text).toContain(`from Safari on iPhone, ${HOME}, at `);
  });

  it('does not come for the first of all, nor for one from where the owner has been before', async () => {
    const email = await box.account();
    await signIn(email, FIREFOX, HOME);
    await signIn(email, FIREFOX.replaceAll('140.0', '141.0'), HOME);
    await signIn(email, FIREFOX, ABROAD);
    await signIn(email, FIREFOX, HOME);
    expect(await news(email)).toEqual([false, false, true, false]);
  });

  it('does not come for a wrong password, and a wrong password does not make a place known', async () => {
    const email = await box.account();
    await signIn(email, FIREFOX, HOME);
    await login(email, SAFARI, ABROAD, 'not the password').expect(401);
    await signIn(email, SAFARI, ABROAD);
    expect(await news(email)).toEqual([false, true]);
    expect(await box.received(email, SUBJECT)).toHaveLength(1);
  });

  it('comes once, and does come, when a thief signs in ten times at the same moment', async () => {
    const email = await box.account();
    await signIn(email, FIREFOX, HOME);
    await Promise.all(Array.from({ length: 10 }, () => signIn(email, SAFARI, ABROAD)));
    expect((await news(email)).filter(Boolean)).toHaveLength(1);
    expect(await box.received(email, SUBJECT)).toHaveLength(1);
  });

  it('takes an IPv6 line for one place, however its addresses change', async () => {
    const email = await box.account();
    await signIn(email, FIREFOX, '2001:db8:1:1::1');
    await signIn(email, FIREFOX, '2001:db8:1:1:ffff::2');
    await signIn(email, FIREFOX, '2001:db8:1:2::1');
    expect(await news(email)).toEqual([false, false, true]);
  });

  it('says nothing that a thief wrote: what a client calls itself is no way to put words into our mail', async () => {
    const email = await box.account();
    await signIn(email, FIREFOX, HOME);
    await signIn(email, 'evil.example.com,call-now', ABROAD);
    const { text } = await box.newest(email, SUBJECT);
    expect(text).toContain(`from an unknown device, ${ABROAD}`);
    expect(text).not.toContain('evil');
  });

  it('comes also after years of absence: the last place that was known is not forgotten', async () => {
    const email = await box.account();
    await signIn(email, FIREFOX, HOME);
    await signIn(email, FIREFOX, ABROAD);
    await box.sql(
      `update auth_known_places set last_used_at = last_used_at - interval '3 years'
         where user_id = (select id from users where email = $1)`,
      [email],
    );
    await box.app.app.get(ExpiredRows).remove();
    await signIn(email, SAFARI, ABROAD);
    await signIn(email, FIREFOX, HOME);
    expect(await news(email)).toEqual([false, true, true, true]);
  });
});
