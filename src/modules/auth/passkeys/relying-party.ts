import { Inject, Injectable, Logger } from '@nestjs/common';
import { httpConfig, type HttpConfig } from '../../../core/http/http.config';
import type { Passkey } from './passkey.entity';
import { passkeysConfig, type PasskeysConfig } from './passkeys.config';
import type { AssertionCredential, RegistrationCredential } from './passkeys.schema';

/** Loaded by the first who needs it: it takes a tenth of a second, and many services will see no passkey. */
const webauthn = (): typeof import('@simplewebauthn/server') => require('@simplewebauthn/server');
const helpers = (): typeof import('@simplewebauthn/server/helpers') =>
  require('@simplewebauthn/server/helpers');

/**
 * EdDSA, ES256 and RS256 by their COSE numbers. The same on every version of Node: what a newer one knows, an older
 * instance could not check.
 */
const ALGORITHMS = [-8, -7, -257];

const LOOPBACK = /^(127\.0\.0\.1|\[::1\])$/;

interface Holder {
  readonly handle: Buffer;
  readonly email: string;
  readonly name: string;
  readonly passkeys: readonly Pick<Passkey, 'credentialId' | 'transports'>[];
}

type PublicKey = Pick<Passkey, 'publicKey' | 'backupEligible'> & { readonly credentialId: Buffer };

/**
 * This service as WebAuthn level 3 has it: what it asks of authenticators, and what it believes of their answers.
 * User verification is required throughout, so that a passkey is two factors.
 */
@Injectable()
export class RelyingParty {
  private readonly logger = new Logger('RelyingParty');
  private readonly id: string;
  private readonly origins: string[];

  constructor(
    @Inject(passkeysConfig.token) private readonly config: PasskeysConfig,
    @Inject(httpConfig.token) { PUBLIC_URL, CORS_ORIGINS }: HttpConfig,
  ) {
    const own = new URL(PUBLIC_URL);
    // No browser lets a passkey belong to an IP address.
    if (LOOPBACK.test(own.hostname)) own.hostname = 'localhost';
    this.id = config.AUTH_PASSKEY_RP_ID ?? own.hostname;
    this.origins = config.AUTH_PASSKEY_ORIGINS ?? [own.origin, ...CORS_ORIGINS];
  }

  creationOptions(challenge: string, seconds: number, { handle, email, name, passkeys }: Holder) {
    const { generateRegistrationOptions } = webauthn();
    return generateRegistrationOptions({
      rpID: this.id,
      rpName: this.config.AUTH_PASSKEY_RP_NAME,
      userID: new Uint8Array(handle),
      userName: email,
      userDisplayName: name,
      challenge,
      timeout: seconds * 1000,
      attestationType: 'none',
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      excludeCredentials: passkeys.map(({ credentialId, transports }) => ({
        id: credentialId.toString('base64url'),
        transports: transports as never[],
      })),
      supportedAlgorithmIDs: ALGORITHMS,
    });
  }

  /** Names no passkey: it is the authenticator that knows whose it has. */
  requestOptions(challenge: string, seconds: number) {
    const { generateAuthenticationOptions } = webauthn();
    return generateAuthenticationOptions({
      rpID: this.id,
      challenge,
      timeout: seconds * 1000,
      userVerification: 'required',
    });
  }

  /** The new passkey, or null when the answer is not one to our challenge. (WebAuthn level 3, 7.1) */
  verifyRegistration(challenge: string, response: RegistrationCredential) {
    return this.believing(async () => {
      assertSameOrigin(response.response.clientDataJSON);
      assertUnattested(response.response.attestationObject);
      const { verifyRegistrationResponse } = webauthn();
      const { registrationInfo: made } = await verifyRegistrationResponse({
        response: { ...response, clientExtensionResults: {} } as never,
        ...this.expectedOf(challenge),
        supportedAlgorithmIDs: ALGORITHMS,
      });
      if (!made) throw new Error('The attestation is not right');
      return {
        credentialId: idOf(made.credential.id),
        publicKey: Buffer.from(made.credential.publicKey),
        signCount: String(made.credential.counter),
        backupEligible: made.credentialDeviceType === 'multiDevice',
        backedUp: made.credentialBackedUp,
      };
    });
  }

  /**
   * What the authenticator says, or null unless it signed our challenge with this key. (WebAuthn level 3, 7.2)
   * Whether its counter went on is for the caller to settle, in the row.
   */
  verifyAssertion(challenge: string, response: AssertionCredential, key: PublicKey) {
    return this.believing(async () => {
      assertSameOrigin(response.response.clientDataJSON);
      const { verifyAuthenticationResponse } = webauthn();
      const { verified, authenticationInfo: shown } = await verifyAuthenticationResponse({
        response: { ...response, clientExtensionResults: {} },
        ...this.expectedOf(challenge),
        credential: { id: response.id, publicKey: new Uint8Array(key.publicKey), counter: 0 },
      });
      if (!verified) throw new Error('The signature is wrong');
      if ((shown.credentialDeviceType === 'multiDevice') !== key.backupEligible) {
        throw new Error('The backup eligibility is not that of the registration');
      }
      return { signCount: shown.newCounter, backedUp: shown.credentialBackedUp };
    });
  }

  private expectedOf(challenge: string) {
    return {
      expectedChallenge: Buffer.from(challenge).toString('base64url'),
      expectedOrigin: this.origins,
      expectedRPID: this.id,
      requireUserVerification: true,
    };
  }

  /** The library throws whatever it meets in what strangers send; none of it is an error of ours. */
  private async believing<T>(verify: () => Promise<T>): Promise<T | null> {
    try {
      return await verify();
    } catch (error) {
      this.logger.debug(`A passkey was refused: ${(error as Error).message}`);
      return null;
    }
  }
}

/** Our pages are not framed by those of others (WebAuthn level 3, 7.1 step 10 and 7.2 step 13). */
function assertSameOrigin(clientData: string): void {
  const { crossOrigin, topOrigin } = JSON.parse(Buffer.from(clientData, 'base64url').toString());
  if (crossOrigin || topOrigin !== undefined)
    throw new Error('The page was framed by that of another origin');
}

/**
 * We ask for no attestation, so browsers send none or the key's own. Certificates are not even looked at: checking
 * them fetches the addresses that stand in them.
 */
function assertUnattested(attestationObject: string): void {
  const { decodeAttestationObject } = helpers();
  const attestation = decodeAttestationObject(new Uint8Array(Buffer.from(attestationObject, 'base64url')));
  const format = attestation.get('fmt');
  if (format === 'none' || (format === 'packed' && !attestation.get('attStmt').get('x5c'))) return;
  throw new Error(`The attestation "${String(format).slice(0, 40)}" was not asked for`);
}

/** @throws Error unless the id is long enough to be unique and short enough to be one (WebAuthn level 3, 4) */
function idOf(base64url: string): Buffer {
  const id = Buffer.from(base64url, 'base64url');
  if (id.length < 16 || id.length > 1023) throw new Error(`The credential id has ${id.length} bytes`);
  return id;
}
