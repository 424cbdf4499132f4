import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type CryptoKey,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  importJWK,
  type JWTHeaderParameters,
  SignJWT,
} from 'jose';

export const CLIENT = { id: 'our-client', secret: 'a-secret-that-the-provider-knows-as-well' };

export type Claims = Record<string, unknown>;
type Answer = (response: ServerResponse) => void;

/** What the provider does wrong in the next flow. */
export interface Misdeed {
  /** Claims to add, to change, or to leave out (undefined). */
  claims?: Claims;
  header?: Partial<JWTHeaderParameters>;
  /** The key that signs: its own unless it is told. */
  key?: CryptoKey | Uint8Array;
  /** Takes the place of the ID token. */
  idToken?: string;
  userinfo?: Claims;
  /** Takes the place of the whole answer at this path. */
  at?: { path: string; answer: Answer };
}

/** An OpenID provider that can be told how to misbehave; otherwise it is honest. It keeps a list of what it was asked. */
export class HostileProvider {
  misdeed: Misdeed = {};
  readonly asked: { path: string; body: URLSearchParams }[] = [];
  url!: string;
  own!: { privateKey: CryptoKey; publicKey: CryptoKey };
  foreign!: { privateKey: CryptoKey; publicKey: CryptoKey };
  private readonly server = createServer((request, response) => void this.answer(request, response));

  async start(): Promise<this> {
    this.own = await generateKeyPair('RS256', { extractable: true });
    this.foreign = await generateKeyPair('RS256', { extractable: true });
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return this;
  }

  close(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  /** Its public key as text, which a verifier that is asked for HS256 might take for a shared secret. */
  async publicKeyAsSecret(): Promise<Uint8Array> {
    return new TextEncoder().encode(await exportSPKI(this.own.publicKey));
  }

  /** Its private key, for an algorithm that it does not publish it for. */
  async keyFor(algorithm: string): Promise<CryptoKey> {
    return (await importJWK(await exportJWK(this.own.privateKey), algorithm)) as CryptoKey;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const path = request.url!.split('?')[0]!;
    const body = new URLSearchParams(text);
    this.asked.push({ path, body });
    const { at } = this.misdeed;
    if (at?.path === path) return at.answer(response);
    const json = await this.honestly(path);
    response
      .writeHead(json ? 200 : 404, { 'content-type': 'application/json' })
      .end(JSON.stringify(json ?? {}));
  }

  private async honestly(path: string): Promise<object | undefined> {
    if (path === '/.well-known/openid-configuration') return this.metadata();
    if (path === '/jwks') {
      return { keys: [{ ...(await exportJWK(this.own.publicKey)), kid: 'own', alg: 'RS256', use: 'sig' }] };
    }
    if (path === '/userinfo') return this.misdeed.userinfo ?? {};
    if (path !== '/token') return undefined;
    const accessToken = 'an-access-token';
    const idToken = this.misdeed.idToken ?? (await this.idToken(accessToken));
    return { access_token: accessToken, token_type: 'Bearer', expires_in: 60, id_token: idToken };
  }

  /** It says that it may sign with anything, so that only the client can refuse. */
  private metadata() {
    return {
      issuer: this.url,
      authorization_endpoint: `${this.url}/authorize`,
      token_endpoint: `${this.url}/token`,
      userinfo_endpoint: `${this.url}/userinfo`,
      jwks_uri: `${this.url}/jwks`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['none', 'HS256', 'RS256', 'ES256', 'ES256K'],
      authorization_response_iss_parameter_supported: true,
      code_challenge_methods_supported: ['S256'],
    };
  }

  private idToken(accessToken: string): Promise<string> {
    const { claims, header, key } = this.misdeed;
    const now = Math.floor(Date.now() / 1000);
    const hash = createHash('sha256').update(accessToken).digest().subarray(0, 16).toString('base64url');
    const times = { iat: now, exp: now + 300 };
    const honest = { iss: this.url, aud: CLIENT.id, sub: 'subject-1', ...times, at_hash: hash };
    const told = Object.entries({ ...honest, ...claims }).filter(([, value]) => value !== undefined);
    return new SignJWT(Object.fromEntries(told))
      .setProtectedHeader({ alg: 'RS256', kid: 'own', ...header })
      .sign(key ?? this.own.privateKey);
  }
}
