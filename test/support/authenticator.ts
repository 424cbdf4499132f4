import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isoCBOR } from '@simplewebauthn/server/helpers';

export type Algorithm = 'ES256' | 'EdDSA' | 'RS256' | 'RS1';

export interface PublicKeyOptions {
  readonly challenge: string;
  readonly rpId?: string;
  readonly rp?: { readonly id: string };
  readonly user?: { readonly id: string };
}

/** What an honest browser with an honest authenticator would not do. */
export interface Forgery {
  /** Put over the client data (WebAuthn level 3, 5.8.1), before it is signed. */
  readonly clientData?: Readonly<Record<string, unknown>>;
  readonly rpId?: string;
  /** In place of the flags of a present and verified user. */
  readonly flags?: number;
  readonly signCount?: number;
  readonly credentialId?: Buffer;
  readonly userHandle?: string;
  readonly attestation?: { readonly fmt: string; readonly attStmt: Map<string, unknown> };
  /** Changes the authenticator data before it is signed. */
  readonly authData?: (bytes: Buffer) => Buffer;
  /** Changes a part of the answer after it was signed. */
  readonly tamper?: Readonly<Record<string, (bytes: Buffer) => Buffer>>;
}

export const FLAGS = { present: 0x01, verified: 0x04, copyable: 0x08, copied: 0x10, hasKey: 0x40 } as const;

/** A browser at `origin`, and an authenticator with one passkey, made to be forged. */
export class Authenticator {
  readonly credentialId: Buffer = randomBytes(32);
  /** Of the user it was registered for. */
  userHandle = '';
  signCount: number;
  readonly key: { readonly publicKey: KeyObject; readonly privateKey: KeyObject };
  private readonly flags: number;

  /** One that counts its uses stays on its device; one that does not is synchronized with others. */
  constructor(
    private readonly origin: string,
    private readonly algorithm: Algorithm = 'ES256',
    private readonly counts = true,
  ) {
    this.key = keyPair(algorithm);
    this.signCount = counts ? 1 : 0;
    this.flags = FLAGS.present | FLAGS.verified | (counts ? 0 : FLAGS.copyable | FLAGS.copied);
  }

  /** What `navigator.credentials.create()` answers, as JSON. */
  create(options: PublicKeyOptions, forgery: Forgery = {}) {
    const { credentialId = this.credentialId, attestation } = forgery;
    this.userHandle = options.user!.id;
    const length = Buffer.alloc(2);
    length.writeUInt16BE(credentialId.length);
    const attested = [Buffer.alloc(16), length, credentialId, Buffer.from(isoCBOR.encode(this.coseKey()))];
    const authData = this.authData(options.rp!.id, FLAGS.hasKey, forgery, attested);
    const object = new Map<string, unknown>([
      ['fmt', attestation?.fmt ?? 'none'],
      ['attStmt', attestation?.attStmt ?? new Map()],
      ['authData', new Uint8Array(authData)],
    ]);
    return this.credential(credentialId, forgery, {
      clientDataJSON: this.clientData('webauthn.create', options, forgery),
      attestationObject: Buffer.from(isoCBOR.encode(object as never)),
      transports: ['internal', 'hybrid'],
    });
  }

  /** What `navigator.credentials.get()` answers, as JSON. */
  get(options: PublicKeyOptions, forgery: Forgery = {}) {
    if (this.counts) this.signCount += 1;
    const authenticatorData = this.authData(options.rpId!, 0, forgery);
    const clientDataJSON = this.clientData('webauthn.get', options, forgery);
    const signed = Buffer.concat([authenticatorData, createHash('sha256').update(clientDataJSON).digest()]);
    return this.credential(forgery.credentialId ?? this.credentialId, forgery, {
      clientDataJSON,
      authenticatorData,
      signature: sign(this.algorithm === 'EdDSA' ? null : 'sha256', signed, this.key.privateKey),
      userHandle: forgery.userHandle ?? this.userHandle,
    });
  }

  private credential(credentialId: Buffer, { tamper = {} }: Forgery, parts: Record<string, unknown>) {
    const response = Object.fromEntries(
      Object.entries(parts).map(([name, part]) =>
        Buffer.isBuffer(part)
          ? [name, (tamper[name]?.(Buffer.from(part)) ?? part).toString('base64url')]
          : [name, part],
      ),
    );
    const id = credentialId.toString('base64url');
    // Browsers say more than is asked for.
    const rest = { authenticatorAttachment: 'platform', clientExtensionResults: { credProps: { rk: true } } };
    return { id, rawId: id, type: 'public-key', ...rest, response };
  }

  /** What the browser says of itself, which goes under the signature. */
  clientData(type: string, { challenge }: PublicKeyOptions, { clientData }: Forgery = {}): Buffer {
    const { origin } = this;
    return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false, ...clientData }));
  }

  private authData(rpId: string, flags: number, forgery: Forgery, attested: Buffer[] = []): Buffer {
    const count = Buffer.alloc(4);
    count.writeUInt32BE(forgery.signCount ?? this.signCount);
    const hash = createHash('sha256')
      .update(forgery.rpId ?? rpId)
      .digest();
    const data = Buffer.concat([hash, Buffer.of((forgery.flags ?? this.flags) | flags), count, ...attested]);
    return forgery.authData?.(data) ?? data;
  }

  /** COSE_Key (RFC 9052, section 7). */
  private coseKey(): Map<number, number | Uint8Array> {
    const { x = '', y = '', n = '', e = '' } = this.key.publicKey.export({ format: 'jwk' });
    const [X, Y, N, E] = [x, y, n, e].map((part) => new Uint8Array(Buffer.from(part, 'base64url'))) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    const members: Record<Algorithm, [number, number | Uint8Array][]> = {
      ES256: [
        [1, 2],
        [3, -7],
        [-1, 1],
        [-2, X],
        [-3, Y],
      ],
      EdDSA: [
        [1, 1],
        [3, -8],
        [-1, 6],
        [-2, X],
      ],
      RS256: [
        [1, 3],
        [3, -257],
        [-1, N],
        [-2, E],
      ],
      RS1: [
        [1, 3],
        [3, -65_535],
        [-1, N],
        [-2, E],
      ],
    };
    return new Map(members[this.algorithm]);
  }
}

function keyPair(algorithm: Algorithm) {
  if (algorithm === 'ES256') return generateKeyPairSync('ec', { namedCurve: 'P-256' });
  if (algorithm === 'EdDSA') return generateKeyPairSync('ed25519');
  return generateKeyPairSync('rsa', { modulusLength: 2048 });
}
