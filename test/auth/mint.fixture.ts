import { createHash, generateKeyPairSync, type KeyObject, randomBytes, randomUUID } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { PayloadSeal } from '../../src/core/jobs/payload-seal';
import type { ReportedRoute } from '../../src/core/openapi/routes-report';
import type { SeedPlan, SeedUser } from '../../src/core/seeding/seeds';
import { SigningKeys } from '../../src/modules/auth/keys/signing-keys';
import { Challenges } from '../../src/modules/auth/sign-in/challenges';
import { secondFactorChallenge } from '../../src/modules/auth/sign-in/sign-ins';
import { OneTimeTokens } from '../../src/modules/auth/tokens/one-time-tokens';
import { hashOf, newToken, type TokenKind } from '../../src/modules/auth/tokens/opaque-token';
import type { TestApp } from '../support/app';

type Kinds = Readonly<Record<string, () => Promise<string | null>>>;

/** Makes a token of every kind there is: an invitation of the outsider's, the others of an owner's. */
export class Mint {
  /** Of the magic link. */
  readonly binding = newToken('magic_link_binding');
  /** Where the social sign-in was begun. */
  readonly browser = randomBytes(32).toString('base64url');
  readonly owner: SeedUser;

  constructor(
    private readonly test: TestApp,
    private readonly plan: SeedPlan,
    private readonly routes: readonly ReportedRoute[],
  ) {
    this.owner = plan.organizations[0]!.users[0]!;
  }

  /** By kind, without those of modules that have been taken out. */
  async tokens(): Promise<Map<string, string>> {
    const tokens = new Map<string, string>();
    const kinds: Kinds = { ...this.opaque, ...this.signed, ...this.modules, ...this.worthless };
    for (const [kind, make] of Object.entries(kinds)) {
      const token = await make();
      if (token !== null) tokens.set(kind, token);
    }
    return tokens;
  }

  async bearer(user: SeedUser): Promise<string> {
    return (await this.login(user)).body.accessToken;
  }

  private login({ email, password }: SeedUser, more: object = {}) {
    const request = this.test.http.post('/v1/auth/login').set('sec-fetch-site', 'same-origin');
    return request.send({ email, password, ...more }).expect(200);
  }

  private oneTime(kind: 'email_verification' | 'password_reset' | 'magic_link') {
    const details = kind === 'magic_link' ? { bindingHash: hashOf('magic_link_binding', this.binding) } : {};
    return this.test.app.get(OneTimeTokens, { strict: false }).issue(kind, this.owner.id, details);
  }

  private get challenges(): Challenges {
    return this.test.app.get(Challenges, { strict: false });
  }

  private has(method: string, path: string): boolean {
    return this.routes.some((route) => route.method === method && route.path === path);
  }

  private async forge(header: object, payload: object = {}, forged?: KeyObject): Promise<string> {
    const genuine = await this.bearer(this.owner);
    const key = forged ?? this.test.app.get(SigningKeys, { strict: false }).signing().key;
    return new SignJWT({ ...decodeJwt(genuine), jti: randomUUID(), ...payload })
      .setProtectedHeader({ ...(decodeProtectedHeader(genuine) as { alg: string }), ...header })
      .sign(key);
  }

  /** A kind of opaque token that is not here does not compile. */
  private readonly opaque: Record<TokenKind, () => Promise<string | null>> = {
    refresh: async () => (await this.login(this.owner)).body.refreshToken,
    session: async () => {
      const { headers } = await this.login(this.owner, { transport: 'cookie' });
      return /=(kst_[\w-]+)/.exec(String(headers['set-cookie']))![1]!;
    },
    email_verification: () => this.oneTime('email_verification'),
    password_reset: () => this.oneTime('password_reset'),
    magic_link: () => this.oneTime('magic_link'),
    magic_link_binding: async () => this.binding,
    challenge: () =>
      this.challenges.issue(
        secondFactorChallenge,
        { userId: this.owner.id, methods: ['email'], options: { transport: 'token' } },
        this.owner.id,
      ),
    social_state: () =>
      this.challenges.issue(
        { name: 'social_flow', seconds: 60, token: 'social_state', schema: z.any() },
        {},
        this.owner.id,
      ),
    social_code: () =>
      this.challenges.issue(
        { name: 'social_code', seconds: 60, token: 'social_code', schema: z.any() },
        { userId: this.owner.id, browser: createHash('sha256').update(this.browser).digest('base64url') },
        this.owner.id,
      ),
  };

  /** What differs from an access token in one respect, and what a provider says of somebody. */
  private readonly signed = {
    'access token': () => this.bearer(this.owner),
    'token of another type': () => this.forge({ typ: 'JWT' }),
    'token of no type': () => this.forge({ typ: undefined }),
    'ID token': () =>
      this.forge(
        { typ: 'JWT' },
        { iss: 'https://accounts.google.com', aud: 'client', nonce: 'n', email: this.owner.email },
      ),
    'access token of another environment': () =>
      this.forge({}, {}, generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey),
    'access token signed with RSA': () =>
      this.forge({ alg: 'RS256' }, {}, generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey),
    'access token for another API': () => this.forge({}, { aud: 'another-api' }),
    'signed token of no session': () => this.forge({}, { sid: undefined }),
  };

  /** Of modules that may have been taken out. */
  private readonly modules = {
    'API key': async () => {
      if (!this.has('POST', '/v1/api-keys')) return null;
      const authorization = `Bearer ${await this.bearer(this.owner)}`;
      const scopes = [...new Set(this.routes.flatMap(({ permission }) => permission ?? []))];
      const { body } = await this.test.http
        .post('/v1/api-keys')
        .set({ authorization })
        .send({ name: 'Everything', scopes })
        .expect(201);
      return body.secret;
    },
    invitation: async () => {
      if (!this.has('POST', '/v1/organizations/invitations/acceptance')) return null;
      await this.test.http
        .post(`/v1/organizations/${this.plan.organizations[0]!.id}/invitations`)
        .set('authorization', `Bearer ${await this.bearer(this.owner)}`)
        .send({ email: this.plan.outsider.email, role: 'viewer' })
        .expect(201);
      const [mail] = await this.test.app
        .get(DataSource)
        .query(`select payload from outbox where subject = 'job:mail.send' order by id desc limit 1`);
      return /kin_[\w-]+/.exec(
        JSON.stringify(this.test.app.get(PayloadSeal).open('job:mail.send', mail.payload)),
      )![0];
    },
  };

  private readonly worthless = {
    nothing: async () => '',
    'white space': async () => '   ',
    'a user id': async () => this.owner.id,
    'a word of JavaScript': async () => 'undefined',
    'a random refresh token': async () => newToken('refresh'),
    'a random API key': async () => `kak_${randomBytes(48).toString('base64url')}AAAAAA`,
  };
}
