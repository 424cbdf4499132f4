import { z } from 'zod';
import { instant } from '../../../core/http/text';
import { productName } from '../../../core/product';
import { passkeyAnswer } from '../passkeys/passkeys.schema';

const product = encodeURIComponent(productName);

const challenge = () =>
  z
    .string()
    .min(1)
    .max(200)
    .meta({ examples: ['kch_dGhlIHRpZGUgd2FpdHMgZm9yIG5vYm9keQ'] });

const code = () =>
  z
    .string()
    .max(20)
    .overwrite((typed) => typed.replaceAll(' ', ''))
    .regex(/^\d{6}$/, 'is not six digits')
    .meta({ description: 'What the authenticator app shows.', examples: ['123456'] });

/** What was typed from a piece of paper. */
const recoveryCode = () =>
  z
    .string()
    .min(1)
    .max(64)
    .regex(/^[\dA-Za-z -]+$/, 'has characters that no recovery code has')
    .meta({
      description: 'Case, hyphens and spaces do not matter. It works once.',
      examples: ['7Q2KD-0XN5T-VJ9WH-B3ZRM'],
    });

/** One of the ways to show a second factor, by the name of its member. */
export const secondFactorAnswer = {
  code: code().optional(),
  recoveryCode: recoveryCode().optional(),
  passkey: passkeyAnswer.optional(),
};

export const secondFactor = z
  .strictObject({
    challenge: challenge().meta({ description: 'The `challenge` of the answer `mfa_required`.' }),
    ...secondFactorAnswer,
  })
  .refine(
    ({ challenge: _challenge, ...answers }) => Object.values(answers).filter(Boolean).length === 1,
    'takes one of code, recoveryCode and passkey',
  )
  .meta({
    id: 'SecondFactor',
    description:
      'The second step of a sign-in: `challenge` with one of `code`, `recoveryCode` and `passkey`.',
  });

export const totpConfirmation = z
  .strictObject({
    challenge: challenge().meta({ description: 'The `challenge` that came with the secret.' }),
    code: code(),
  })
  .meta({ id: 'TotpConfirmation', description: 'Proof that the authenticator app shows the right codes.' });

export const totpEnrolment = z
  .object({
    challenge: challenge().meta({ description: 'Send it back with the first code.' }),
    expiresIn: z.int().meta({ description: 'Seconds until the challenge expires.', examples: [600] }),
    secret: z.string().meta({
      description: 'To be typed into the app where it cannot scan: base32.',
      examples: ['GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'],
    }),
    uri: z.string().meta({
      description: 'What the app scans; on a phone, a link that opens it.',
      examples: [`otpauth://totp/${product}:ada%40example.com?issuer=${product}&secret=GEZDGNBVGY3TQOJQ`],
    }),
    qrCode: z.string().meta({
      description: 'The URI as a QR code, for the `src` of an image: SVG in a data URI.',
      examples: ['data:image/svg+xml;base64,PHN2Zy8+'],
    }),
  })
  .meta({ id: 'TotpEnrolment', description: 'An authenticator app that is being set up.' });

export const recoveryCodes = z
  .object({
    recoveryCodes: z.array(z.string()).meta({
      description: 'Each lets you in once in place of the second factor. They are shown this one time.',
      examples: [['7Q2KD-0XN5T-VJ9WH-B3ZRM', 'M4C8P-Y6TFA-0EQ1S-9GDXK']],
    }),
  })
  .meta({ id: 'RecoveryCodes', description: 'New recovery codes; earlier ones do not work any more.' });

export const mySecondFactors = z
  .object({
    factors: z.array(z.enum(['totp', 'recovery_code', 'passkey'])).meta({
      description: 'What a sign-in with one factor is asked for, too. Empty: nothing.',
      examples: [['totp', 'recovery_code']],
    }),
    totp: z
      .object({ createdAt: instant() })
      .nullable()
      .meta({ description: 'The authenticator app; null: none is set up.' }),
    recoveryCodes: z
      .object({ left: z.int().meta({ examples: [10] }), createdAt: instant() })
      .nullable()
      .meta({ description: 'The recovery codes that were not used yet; null: there are none.' }),
  })
  .meta({ id: 'MySecondFactors', description: 'The second factors of the caller.' });

export type SecondFactorAnswer = z.output<typeof secondFactor>;
export type TotpConfirmation = z.output<typeof totpConfirmation>;
