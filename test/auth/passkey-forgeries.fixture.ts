import { randomBytes } from 'node:crypto';
import { type Authenticator, FLAGS, type Forgery } from '../support/authenticator';
import { type Dice, hostile } from '../support/hostile';
import { ORIGIN } from '../support/passkeys';

/** Flips a bit of the byte there; what is negative counts from the end. */
export const flip = (position: number) => (bytes: Buffer) => {
  bytes[position < 0 ? bytes.length + position : position]! ^= 0x01;
  return bytes;
};

/** What is wrong with answers of both kinds, in words of who forges them. */
const BOTH: Record<string, Forgery> = {
  'comes from a page of somebody else': { clientData: { origin: 'https://evil.example' } },
  'comes from another port': { clientData: { origin: 'http://localhost:3001' } },
  'comes from an origin that begins like ours': { clientData: { origin: `${ORIGIN}.evil.example` } },
  'comes from our origin without encryption in front': { clientData: { origin: 'https://localhost:3000' } },
  'names two origins': { clientData: { origin: [ORIGIN, 'https://evil.example'] } },
  'comes from a page that another origin has framed': { clientData: { crossOrigin: true } },
  'names the page around it': { clientData: { crossOrigin: true, topOrigin: 'https://evil.example' } },
  'names a page around it that it denies': { clientData: { topOrigin: ORIGIN } },
  'is to a challenge of nobody': { clientData: { challenge: randomBytes(35).toString('base64url') } },
  'is to no challenge': { clientData: { challenge: '' } },
  'is for another service': { rpId: 'evil.example' },
  'is for a domain above': { rpId: 'host' },
  'was given while nobody was there': { flags: FLAGS.verified },
  'was given to somebody who was not verified': { flags: FLAGS.present },
  'was copied though it cannot be': { flags: FLAGS.present | FLAGS.verified | FLAGS.copied },
  'breaks off in the middle': { authData: (bytes) => bytes.subarray(0, 36) },
  'goes on after its end': { authData: (bytes) => Buffer.concat([bytes, Buffer.alloc(1)]) },
  'announces extensions that are not there': {
    authData: (bytes) => Object.assign(bytes, { 32: bytes[32]! | 0x80 }),
  },
  'has client data that are no object': { tamper: { clientDataJSON: () => Buffer.from('null') } },
  'has client data that are no JSON': { tamper: { clientDataJSON: (bytes) => bytes.subarray(1) } },
};

/** What is wrong with an answer that signs in. */
export const SIGN_INS: Record<string, Forgery> = {
  ...BOTH,
  'is the making of one': { clientData: { type: 'webauthn.create' } },
  'says of a bound key that it may be copied': {
    flags: FLAGS.present | FLAGS.verified | FLAGS.copyable,
  },
  'says that it is of nobody': { userHandle: randomBytes(32).toString('base64url') },
  'has another signature': { tamper: { signature: flip(-1) } },
  'has no signature': { tamper: { signature: () => Buffer.of(0) } },
  'was changed after it was signed': { tamper: { authenticatorData: flip(36) } },
  'was verified after it was signed': {
    flags: FLAGS.present,
    tamper: {
      authenticatorData: (bytes) => Object.assign(bytes, { 32: bytes[32]! | FLAGS.verified }),
    },
  },
  'has client data with a space after they were signed': {
    tamper: { clientDataJSON: (bytes) => Buffer.concat([bytes, Buffer.from(' ')]) },
  },
};

/** The same, of one that speaks for somebody else, who has a passkey in `other`. */
export const IMPERSONATIONS: Record<string, (other: Authenticator) => Forgery> = {
  'says that it is of another user': ({ userHandle }) => ({ userHandle }),
  'says that it is the passkey of another user': ({ credentialId, userHandle }) => ({
    credentialId,
    userHandle,
  }),
};

/** What is wrong with an answer that makes a passkey. */
export const MAKINGS: Record<string, Forgery> = {
  ...BOTH,
  'is a sign-in': { clientData: { type: 'webauthn.get' } },
  'has no key': { authData: (bytes) => Object.assign(bytes.subarray(0, 37), { 32: 0x05 }) },
  'has an id so short that it can be guessed': { credentialId: randomBytes(15) },
  'has an id that is longer than any': { credentialId: randomBytes(1024) },
  'has a format that nobody knows': { attestation: { fmt: 'mine', attStmt: new Map() } },
  'has a statement where there should be none': {
    attestation: { fmt: 'none', attStmt: new Map([['alg', -7]]) },
  },
  'is signed by somebody else than the key': {
    attestation: {
      fmt: 'packed',
      attStmt: new Map<string, unknown>([
        ['alg', -7],
        ['sig', new Uint8Array(70)],
      ]),
    },
  },
};

/** Some bytes flipped, replaced, cut out or put in, or the rest cut off; never the same bytes. */
export function mutated(dice: Dice, bytes: Buffer): Buffer {
  const at = Math.floor(dice.next() * bytes.length);
  const noise = Buffer.from(Array.from({ length: 1 + dice.next() * 4 }, () => dice.next() * 256));
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
  const changed = dice.one([
    before,
    Buffer.concat([before, noise, after]),
    Buffer.concat([before, after.subarray(noise.length)]),
    Buffer.concat([before, noise, after.subarray(noise.length)]),
  ]);
  return changed.equals(bytes) || dice.chance(0.2) ? flip(at)(bytes) : changed;
}

/** The JSON text with one of its strings replaced by a hostile value. */
export function swapped(dice: Dice, json: string): string {
  const strings = [...json.matchAll(/:("(?:[^"\\]|\\.)*")/g)];
  const { index, 1: text } = dice.one(strings);
  return `${json.slice(0, index + 1)}${hostile.value(dice)}${json.slice(index + 1 + text!.length)}`;
}
