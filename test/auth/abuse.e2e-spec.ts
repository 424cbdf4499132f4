import { randomUUID } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import request from 'supertest';
import { Consumers } from '../../src/core/events/consumers';
import { Mailbox } from './mailbox.fixture';
import { startApp, type TestApp } from '../support/app';
import { eventually } from '../support/eventually';
import { findRedis, type RedisServer, startRedis } from '../support/redis';

const LIMIT = 3;
const ACCOUNT_LIMIT = 12;

/** Addresses of as many subscribers. */
const networks = (count: number) => Array.from({ length: count }, (_, n) => `203.0.113.${n}`);

describe('Guessing passwords', () => {
  let box: Mailbox;
  let second: NestFastifyApplication;
  let elsewhere: ReturnType<typeof request>;
  beforeAll(async () => {
    box = await Mailbox.start({
      AUTH_LOGIN_ATTEMPTS: String(LIMIT),
      AUTH_ACCOUNT_ATTEMPTS: String(ACCOUNT_LIMIT),
      TRUST_PROXY_HOPS: '1',
    });
    second = await box.app.another();
    await second.listen(0, '127.0.0.1');
    elsewhere = request(await second.getUrl());
  });
  afterAll(async () => {
    await second?.close();
    await box?.close();
  });

  const attempt = (email: string, address: string, password = 'a guess', http = box.app.http) =>
    http.post('/v1/auth/login').set('x-forwarded-for', address).send({ email, password });
  const guesses = async (tries: ReturnType<typeof attempt>[]) => {
    const statuses = (await Promise.all(tries)).map(({ status }) => status);
    expect(statuses.filter((status) => status !== 401 && status !== 429)).toEqual([]);
    return statuses.filter((status) => status === 401).length;
  };
  /** So many that the account has to wait, for long enough to look at it. */
  const guessFromEverywhere = async (email: string) => {
    await guesses(networks(40).map((address) => attempt(email, address)));
    const wait = `update auth_login_attempts set blocked_until = now() + interval '1 minute' where subject = $1`;
    await box.sql(wait, [await subjectOf(email)]);
  };
  const stranger = () => `${randomUUID()}@example.com`;
  /** The limit is exact; a wait of a second may end while the machine is busy, and lets one more through. */
  const expectAbout = (looked: number, limit: number) => {
    expect(looked).toBeGreaterThanOrEqual(limit);
    expect(looked).toBeLessThanOrEqual(limit + 3);
  };

  it('stops at the limit, however many are sent at once, and to however many instances', async () => {
    const email = await box.account();
    const tries = Array.from({ length: 40 }, (_, n) =>
      attempt(email, '192.0.2.1', `guess ${n}`, n % 2 ? elsewhere : box.app.http),
    );
    expectAbout(await guesses(tries), LIMIT);
  });

  it('gains nothing by addresses that the caller made up', async () => {
    const email = stranger();
    expectAbout(await guesses(networks(30).map((made) => attempt(email, `${made}, 192.0.2.2`))), LIMIT);
  });

  it('gains nothing by the many addresses of one IPv6 line, in whatever form', async () => {
    const email = stranger();
    const line = Array.from({ length: 28 }, (_, n) => `2001:db8:1:2:${n.toString(16)}::${n}`);
    const forms = ['2001:DB8:1:2::1', '2001:0db8:0001:0002:0:0:0:1'];
    expectAbout(await guesses([...forms, ...line].map((address) => attempt(email, address))), LIMIT);
  });

  it('from many networks at one account is slowed down, also for one that does not exist', async () => {
    for (const email of [await box.account(), stranger()]) {
      expectAbout(await guesses(networks(60).map((address) => attempt(email, address))), ACCOUNT_LIMIT);
    }
  });

  it('from many networks does not slow down the owner where they have signed in before', async () => {
    const email = await box.account();
    await attempt(email, '198.51.100.7', Mailbox.PASSWORD).expect(200);
    await guessFromEverywhere(email);
    await attempt(email, '198.51.100.8', Mailbox.PASSWORD).expect(429);
    await attempt(email, '198.51.100.7', 'a slip').expect(401);
    await attempt(email, '198.51.100.7', Mailbox.PASSWORD).expect(200);
  });

  it('from many networks leaves the owner at a new one the way by mail, which makes it known', async () => {
    const email = await box.account();
    await guessFromEverywhere(email);
    await attempt(email, '198.51.100.9', Mailbox.PASSWORD).expect(429);
    const { binding } = (await box.app.http.post('/v1/auth/magic-link').send({ email }).expect(202)).body;
    const { token } = await box.newest(email, 'Sign in');
    const use = box.app.http.put('/v1/auth/magic-link').set('x-forwarded-for', '198.51.100.9');
    await use.send({ token, binding }).expect(200);
    await attempt(email, '198.51.100.9', Mailbox.PASSWORD).expect(200);
  });

  it('keeps nobody waiting for more than a quarter of an hour, or a minute where it came from many networks', async () => {
    const email = await box.account();
    const count = `insert into auth_login_attempts (subject, failures) values ($1, 100000)
      on conflict (subject) do update set failures = 100000, blocked_until = now()`;
    await box.sql(count, [await subjectOf(email, '192.0.2.30')]);
    await attempt(email, '192.0.2.30').expect(401);
    const one = await attempt(email, '192.0.2.30', Mailbox.PASSWORD).expect(429);
    expect(Number(one.headers['retry-after'])).toBeLessThanOrEqual(900);
    expect(Number(one.headers['retry-after'])).toBeGreaterThan(600);
    await box.sql(count, [await subjectOf(email)]);
    await attempt(email, '192.0.2.31').expect(401);
    const many = await attempt(email, '192.0.2.32', Mailbox.PASSWORD).expect(429);
    expect(Number(many.headers['retry-after'])).toBeLessThanOrEqual(60);
    expect(Number(many.headers['retry-after'])).toBeGreaterThan(0);
  });

  it('does not prolong the wait by what is sent during it', async () => {
    const email = await box.account();
    const subject = await subjectOf(email, '192.0.2.40');
    const until = `now() + interval '1 minute'`;
    const block = `insert into auth_login_attempts (subject, failures, blocked_until) values ($1, 5, ${until})`;
    await box.sql(block, [subject]);
    await guesses(Array.from({ length: 20 }, () => attempt(email, '192.0.2.40')));
    const looked = `select failures, blocked_until <= ${until} as same from auth_login_attempts where subject = $1`;
    const [row] = await box.sql(looked, [subject]);
    expect(row).toEqual({ failures: 5, same: true });
  });

  it('is counted for whoever shows the password once more, too', async () => {
    const email = await box.account();
    const { body } = await attempt(email, '192.0.2.50', Mailbox.PASSWORD).expect(200);
    const change = () =>
      box.app.http
        .put('/v1/auth/password')
        .set({ authorization: `Bearer ${body.accessToken}`, 'x-forwarded-for': '192.0.2.50' })
        .send({ currentPassword: 'a guess', newPassword: 'a whole new password' });
    expectAbout(await guesses(Array.from({ length: 20 }, change)), LIMIT);
  });

  it('leaves no address of a person or network in the table that counts', async () => {
    const email = await box.account();
    await attempt(email, '192.0.2.60').expect(401);
    const rows = await box.sql(`select row_to_json(a)::text as text from auth_login_attempts a`);
    expect(rows.filter(({ text }) => /@|192\.0\.2/.test(String(text)))).toEqual([]);
  });

  /** As the throttle names who is counted. */
  const subjectOf = async (...parts: string[]) => {
    const [row] = await box.sql(`select sha256(convert_to($1, 'UTF8')) as subject`, [parts.join('\n')]);
    return row!.subject as Buffer;
  };

  describe('An account that nobody verified', () => {
    const THEIRS = '(select id from users where email = $1)';
    const made = 'update users set created_at = now() - make_interval(days => $2) where email = $1';
    const age = (email: string, days: number) => box.sql(made, [email, days]);
    const expire = (email: string) =>
      box.sql(`update auth_one_time_tokens set expires_at = now() where user_id = ${THEIRS}`, [email]);
    const clean = () => {
      const name = 'auth.expired_rows';
      const message = { id: randomUUID(), subject: `schedule:${name}`, payload: null, createdAt: '' };
      return box.app.app.get(Consumers).deliver(name, { ...message, headers: { requestId: 'test' } }, 1);
    };
    const exists = async (email: string) =>
      (await box.sql('select id from users where email = $1', [email])).length === 1;
    const registered = async () => {
      const email = box.address();
      await box.register(email).expect(202);
      await box.newest(email, 'Confirm your e-mail address');
      return email;
    };

    it('is deleted after a week, with notice to other modules, so that nobody squats on the address', async () => {
      const email = await registered();
      const [{ id }] = (await box.sql('select id from users where email = $1', [email])) as [{ id: string }];
      await Promise.all([age(email, 8), expire(email)]);
      await clean();
      expect(await exists(email)).toBe(false);
      const left = 'select from auth_passwords where user_id = $1';
      await eventually(async () => expect(await box.sql(left, [id])).toEqual([]));
    });

    it('stays while it is young, while a mail waits to be followed, and when it was verified', async () => {
      const [young, waiting, verified] = [await registered(), await registered(), await box.account()];
      await Promise.all([age(young, 6), expire(young), age(waiting, 8), age(verified, 800)]);
      await clean();
      for (const email of [young, waiting, verified]) expect(await exists(email)).toBe(true);
    });

    it('goes after two weeks, although somebody keeps asking for mail', async () => {
      const email = await registered();
      await age(email, 15);
      await clean();
      expect(await exists(email)).toBe(false);
    });
  });
});

describe('Without a proxy in front', () => {
  let it_: TestApp;
  beforeAll(async () => {
    it_ = await startApp({ AUTH_LOGIN_ATTEMPTS: '3', AUTH_ACCOUNT_ATTEMPTS: '1000', TRUST_PROXY_HOPS: '0' });
  });
  afterAll(() => it_?.close());

  it('no header of a caller moves them to another network', async () => {
    const names = ['x-forwarded-for', 'forwarded', 'x-real-ip', 'true-client-ip', 'cf-connecting-ip'];
    const tries = networks(30).map((address, n) =>
      it_.http
        .post('/v1/auth/login')
        .set(names[n % names.length]!, n % names.length === 1 ? `for=${address}` : address)
        .send({ email: 'nobody@example.com', password: 'a guess' }),
    );
    const statuses = (await Promise.all(tries)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(6);
  });
});

const redisIsHere = findRedis() !== undefined;
const withRedis = redisIsHere ? describe : describe.skip;

withRedis(`Two instances on one Redis${redisIsHere ? '' : ' (skipped: there is no redis-server)'}`, () => {
  let redis: RedisServer;
  let first: TestApp;
  let second: NestFastifyApplication;
  beforeAll(async () => {
    redis = await startRedis();
    first = await startApp({ REDIS_URL: redis.url, RATE_LIMIT_AUTH: '5/3600', TRUST_PROXY_HOPS: '1' });
    second = await first.another();
    await second.listen(0, '127.0.0.1');
  });
  afterAll(async () => {
    await second?.close();
    await first?.close();
    await redis?.stop();
    Object.assign(process.env, { REDIS_URL: '', RATE_LIMIT_AUTH: '1000000/60' });
  });

  it('let exactly the budget of a network through, whichever routes that take a secret it tries', async () => {
    const instances = [first.http, request(await second.getUrl())];
    const routes = ['/v1/auth/login', '/v1/auth/magic-link', '/v1/auth/password/reset', '/v1/auth/refresh'];
    const tries = Array.from({ length: 40 }, (_, n) =>
      instances[n % 2]!.post(routes[n % routes.length]!)
        .set('x-forwarded-for', `2001:db8:9:9::${n}`)
        .send({ email: 'nobody@example.com' }),
    );
    const statuses = (await Promise.all(tries)).map(({ status }) => status);
    expect(statuses.filter((status) => status !== 429)).toHaveLength(5);
  });
});
