import { z } from 'zod';
import { id, instant, text } from '../../../core/http/text';
import { signInOptions } from '../sign-in/sign-in';

/** Binary data as browsers print it: `credential.toJSON()` (WebAuthn level 3, 5.1). */
const binary = (max: number) => z.base64url().min(1).max(max);

/** Of 1023 bytes at most (WebAuthn level 3, 5.8.3). */
const credentialId = () => binary(1364).meta({ examples: ['3q2-7wABAgMEBQYHCAkKCw'] });
const clientDataJson = () => binary(4096).meta({ examples: ['eyJ0eXBlIjoid2ViYXV0aG4uZ2V0In0'] });
const authenticatorData = (max: number) =>
  binary(max).meta({ examples: ['SZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuo'] });

/** Browsers add members from time to time: what is not named here is dropped, not refused. */
const credential = { id: credentialId(), rawId: credentialId(), type: z.literal('public-key') };

const registration = z
  .object({
    ...credential,
    response: z.object({
      clientDataJSON: clientDataJson(),
      attestationObject: authenticatorData(8192),
      transports: z
        .array(z.string().regex(/^[a-z][a-z-]{0,30}$/))
        .max(10)
        .default([])
        .meta({ examples: [['internal', 'hybrid']] }),
    }),
  })
  .meta({
    id: 'PasskeyRegistration',
    description: 'What `navigator.credentials.create()` gave: `credential.toJSON()`.',
  });

const assertion = z
  .object({
    ...credential,
    response: z.object({
      clientDataJSON: clientDataJson(),
      authenticatorData: authenticatorData(4096),
      signature: binary(2048).meta({ examples: ['MEUCIQDx'] }),
      userHandle: binary(86).meta({ examples: ['cmFuZG9tLWFuZC1vcGFxdWU'] }),
    }),
  })
  .meta({
    id: 'PasskeyAssertion',
    description: 'What `navigator.credentials.get()` gave: `credential.toJSON()`.',
  });

const challenge = () =>
  z
    .string()
    .min(1)
    .max(200)
    .meta({
      description: 'The `challenge` beside the options.',
      examples: ['kch_dGhlIHRpZGUgd2FpdHMgZm9yIG5vYm9keQ'],
    });

const passkeyName = () =>
  text(100).meta({ description: 'By which its owner knows it.', examples: ['Phone'] });

export const newPasskey = z
  .strictObject({ challenge: challenge(), name: passkeyName(), credential: registration })
  .meta({ id: 'NewPasskey' });

/** A passkey, shown: to sign in, as a second factor, or to prove again who one is. */
export const passkeyAnswer = z
  .strictObject({ challenge: challenge(), credential: assertion })
  .meta({ id: 'PasskeyAnswer', description: 'The answer of a passkey to POST /v1/auth/passkeys/options.' });

export const passkeySignIn = passkeyAnswer.extend(signInOptions).meta({ id: 'PasskeySignIn' });

export const passkeyChanges = z
  .strictObject({ name: passkeyName().optional() })
  .meta({ id: 'PasskeyChanges', description: 'What to change; what is left out stays.' });

export const passkeyPath = z.strictObject({ id: id() });

export const passkeyView = z
  .object({
    id: id(),
    name: passkeyName(),
    createdAt: instant(),
    lastUsedAt: instant().nullable().meta({ description: 'When somebody signed in with it; null: never.' }),
    backedUp: z.boolean().meta({ description: 'Whether a copy survives the device, as of its last use.' }),
    transports: z.array(z.string()).meta({
      description: 'How a browser reaches it, as the browser said.',
      examples: [['internal', 'hybrid']],
    }),
  })
  .meta({ id: 'Passkey', description: 'A passkey of the caller.' });

export const passkeyList = z
  .object({ items: z.array(passkeyView), nextCursor: z.null() })
  .meta({ id: 'PasskeyList', description: 'The passkeys of the caller, the oldest first.' });

/** Options pass through to the browser as they are, so their members are named loosely. */
const options = (call: string) =>
  z.object({
    challenge: challenge().meta({ description: 'Send it back with the answer; it works once.' }),
    expiresIn: z.int().meta({ description: 'Seconds until the challenge expires.', examples: [300] }),
    publicKey: z
      .record(z.string(), z.unknown())
      .meta({ description: `For \`PublicKeyCredential.${call}\`.`, examples: [{ rpId: 'example.com' }] }),
  });

export const creationOptions = options('parseCreationOptionsFromJSON()').meta({
  id: 'PasskeyCreationOptions',
});
export const requestOptions = options('parseRequestOptionsFromJSON()').meta({ id: 'PasskeyRequestOptions' });

export type RegistrationCredential = z.output<typeof registration>;
export type AssertionCredential = z.output<typeof assertion>;
export type NewPasskey = z.output<typeof newPasskey>;
export type PasskeyAnswer = z.output<typeof passkeyAnswer>;
export type PasskeySignIn = z.output<typeof passkeySignIn>;
export type PasskeyChanges = z.output<typeof passkeyChanges>;
export type PasskeyPath = z.output<typeof passkeyPath>;
