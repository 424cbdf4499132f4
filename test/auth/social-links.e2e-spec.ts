import { randomUUID } from 'node:crypto';
import type { SeedUser } from '../../src/core/seeding/seeds';
import { startApp, type TestApp } from '../support/app';
import { Accounts } from '../support/second-factors';
import {
  developer,
  person,
  type Providers,
  PUBLIC_URL,
  rowsOf,
  startProviders,
  Visitor,
} from '../support/social';

const googlers = Array.from({ length: 12 }, () => person());
const developers = Array.from({ length: 8 }, () => developer());

type Bearer = { authorization: string };

describe('An identity at a provider', () => {
  let it_: TestApp;
  let providers: Providers;

  beforeAll(async () => {
    providers = await startProviders(googlers, developers);
    it_ = await startApp({ ...providers.env, CORS_ORIGINS: 'https://app.example' });
  });
  afterAll(async () => {
    await it_?.close();
    await providers?.close();
  });

  /** Somebody who signed in with Google, and has nothing else. */
  const newcomer = async () => {
    const visitor = new Visitor(it_.url);
    const bearer = await visitor.bearer(await visitor.atGoogle(googlers.pop()!));
    return { visitor, bearer };
  };
  const identities = async (bearer: Bearer) =>
    (await it_.http.get('/v1/me/identities').set(bearer).expect(200)).body.items;
  const unlink = (bearer: Bearer, id: string) => it_.http.delete(`/v1/me/identities/${id}`).set(bearer);
  /** As a front end does it: the answer's cookie has to stay in the browser. */
  const askForLink = async ({ browser }: Visitor, bearer: Bearer, provider = 'github', body: object = {}) => {
    const response = await browser.request(`${PUBLIC_URL}/v1/me/identities/${provider}`, {
      method: 'POST',
      headers: { ...bearer, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as { url: string; code: string } };
  };

  it('is linked by its owner, and signs them in from then on', async () => {
    const { visitor, bearer } = await newcomer();
    const friend = developers.pop()!;
    const { body } = await askForLink(visitor, bearer);
    const told = await visitor.atGitHub(friend, body.url);
    expect(Object.fromEntries(told)).toEqual({ linked: 'github' });
    const listed = await identities(bearer);
    expect(listed.map(({ provider }: { provider: string }) => provider)).toEqual(['google', 'github']);
    const again = new Visitor(it_.url);
    const other = await again.bearer(await again.atGitHub(friend));
    const [me, same] = await Promise.all(
      [bearer, other].map((headers) => it_.http.get('/v1/me').set(headers).expect(200)),
    );
    expect(same!.body.id).toBe(me!.body.id);
    expect(JSON.stringify(listed)).not.toMatch(/token|sealed|subject/i);
  });

  it('is linked although its address is another, or not verified: who asks has proved more', async () => {
    const { visitor, bearer } = await newcomer();
    const friend = developers[0]!;
    friend.verified = false;
    const { body } = await askForLink(visitor, bearer);
    expect((await visitor.atGitHub(friend, body.url)).get('linked')).toBe('github');
    friend.verified = true;
  });

  it('is one factor, and the second is asked for where there is one', async () => {
    const somebody = googlers.pop()!;
    const visitor = new Visitor(it_.url);
    const bearer = await visitor.bearer(await visitor.atGoogle(somebody));
    const accounts = new Accounts(it_);
    const [user] = await rowsOf(it_.database, 'select * from users where email = $1', [somebody.email]);
    const owner = await accounts.enrol({ id: user!.id } as SeedUser, bearer);
    const told = await visitor.atGoogle(somebody);
    const response = await visitor.exchange(told.get('code'));
    const { code, factors, challenge } = (await response.json()) as Record<string, string>;
    expect([response.status, code, factors]).toMatchObject([401, 'mfa_required', ['totp', 'recovery_code']]);
    expect((await accounts.answer({ challenge, code: owner.code() })).status).toBe(200);
  });

  it('of somebody else is not linked, and the attempt is on record', async () => {
    const taken = developers.pop()!;
    const owner = new Visitor(it_.url);
    await owner.bearer(await owner.atGitHub(taken));
    const { visitor, bearer } = await newcomer();
    const { body } = await askForLink(visitor, bearer);
    expect((await visitor.atGitHub(taken, body.url)).get('error')).toBe('identity_taken');
    expect(await identities(bearer)).toHaveLength(1);
    const { body: me } = await it_.http.get('/v1/me').set(bearer).expect(200);
    const refused = `select details from security_events where user_id = $1 and type = 'auth.identity_refused'`;
    expect(await rowsOf(it_.database, refused, [me.id])).toEqual([{ details: { provider: 'github' } }]);
  });

  it('is not linked by a session that ended meanwhile', async () => {
    const { visitor, bearer } = await newcomer();
    const { body } = await askForLink(visitor, bearer);
    await it_.http.post('/v1/auth/logout').set(bearer).expect(204);
    const told = await visitor.atGitHub(developers.at(-1)!, body.url);
    expect(told.get('error')).toBe('social_flow_not_usable');
  });

  it('is not linked by a victim whom somebody else sends along their own link', async () => {
    const attacker = await newcomer();
    const { body } = await askForLink(attacker.visitor, attacker.bearer);
    const victim = new Visitor(it_.url);
    const choice = new URL(await victim.browser.follow(body.url, 'none'));
    choice.searchParams.set('person', developers.at(-1)!.login);
    const way = await victim.browser.request(choice);
    const back = await victim.browser.request(way.headers.get('location')!);
    expect(back.status).toBe(400);
    expect(await back.json()).toMatchObject({ code: 'social_flow_not_usable' });
    expect(await identities(attacker.bearer)).toHaveLength(1);
  });

  it('is neither linked nor unlinked in a session that was opened long ago, nor by nobody', async () => {
    const somebody = googlers.pop()!;
    const visitor = new Visitor(it_.url);
    const bearer = await visitor.bearer(await visitor.atGoogle(somebody));
    // The application has not seen this session yet, so it remembers nothing else of it.
    const [identity] = await rowsOf(
      it_.database,
      `with old as (update auth_sessions s set authenticated_at = now() - interval '1 hour'
         from auth_identities i where i.email = $1 and i.user_id = s.user_id)
       select id from auth_identities where email = $1`,
      [somebody.email],
    );
    expect((await askForLink(visitor, bearer)).body.code).toBe('recent_sign_in_required');
    const refused = await unlink(bearer, String(identity!.id)).expect(401);
    expect(refused.body.code).toBe('recent_sign_in_required');
    expect(await identities(bearer)).toHaveLength(1);
    await it_.http.post('/v1/me/identities/github').send({}).expect(401);
    await it_.http.delete(`/v1/me/identities/${String(identity!.id)}`).expect(401);
  });

  it('is unlinked, but never the last way in', async () => {
    const { visitor, bearer } = await newcomer();
    const [google] = await identities(bearer);
    expect((await unlink(bearer, google.id).expect(409)).body.code).toBe('last_way_in');
    const { body } = await askForLink(visitor, bearer);
    await visitor.atGitHub(developers.pop()!, body.url);
    await unlink(bearer, google.id).expect(204);
    const [github, ...none] = await identities(bearer);
    expect({ provider: github.provider, none }).toEqual({ provider: 'github', none: [] });
    await unlink(bearer, google.id).expect(404);
    await unlink(bearer, github.id).expect(409);
  });

  it('is left when both are unlinked at once', async () => {
    const { visitor, bearer } = await newcomer();
    const { body } = await askForLink(visitor, bearer);
    await visitor.atGitHub(developers.pop()!, body.url);
    const both: { id: string }[] = await identities(bearer);
    const answers = await Promise.all(both.map(({ id }) => unlink(bearer, id)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([204, 409]);
    expect(await identities(bearer)).toHaveLength(1);
  });

  it('of others cannot be unlinked, and is not seen', async () => {
    const [owner, other] = [await newcomer(), await newcomer()];
    const [{ id }] = await identities(owner.bearer);
    await unlink(other.bearer, id).expect(404);
    await unlink(other.bearer, randomUUID()).expect(404);
    expect(await identities(owner.bearer)).toHaveLength(1);
  });

  it('is linked by way of pages of ours only', async () => {
    const { visitor, bearer } = await newcomer();
    const refused = await askForLink(visitor, bearer, 'github', { returnTo: 'https://evil.example/' });
    expect([refused.status, refused.body.code]).toEqual([400, 'return_to_not_allowed']);
    const unknown = await askForLink(visitor, bearer, 'myspace');
    expect([unknown.status, unknown.body.code]).toEqual([404, 'provider_not_found']);
    const body = { returnTo: 'https://app.example/settings' };
    expect((await askForLink(visitor, bearer, 'github', body)).status).toBe(200);
  });

  it('answers other methods at the addresses of identities with what they take', async () => {
    const { headers } = await it_.http.put('/v1/me/identities/google').expect(405);
    expect(headers.allow).toBe('POST, DELETE');
  });
});
