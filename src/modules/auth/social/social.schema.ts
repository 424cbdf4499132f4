import { z } from 'zod';
import { id, instant } from '../../../core/http/text';
import { signInOptions } from '../sign-in/sign-in';
import { PROVIDERS } from './providers/provider';

const provider = () =>
  z.enum(PROVIDERS).meta({ description: 'A provider of GET /v1/auth/social.', examples: ['google'] });

const returnTo = z
  .string()
  .min(1)
  .max(2000)
  .optional()
  .meta({
    description:
      'The page that the browser ends at, with the result in its fragment: of this server, AUTH_PAGES_URL or ' +
      'CORS_ORIGINS. Without it, the page /sign-in of the front end.',
    examples: ['https://app.example.com/sign-in'],
  });

/** What came with the way back: only what OAuth 2.0 names, whatever else providers add. */
const parameter = (max: number) => z.string().min(1).max(max).optional();

export const socialProviderPath = z.strictObject({ provider: z.string().max(50) });
export const socialStart = z.strictObject({ returnTo, organizationId: signInOptions.organizationId });
export const socialAnswer = z.object({
  state: z.string().min(1).max(200).meta({ description: 'As it was sent to the provider.' }),
  code: parameter(4096).meta({ description: 'The authorization code.' }),
  iss: parameter(500).meta({ description: 'The issuer that answers (RFC 9207).' }),
  error: parameter(200).meta({ description: 'Why there is no code.' }),
});

export const socialProviderList = z
  .object({
    items: z.array(
      z.object({
        provider: provider(),
        name: z.string().meta({ description: 'What to write on the button.', examples: ['Google'] }),
        url: z.string().meta({
          description: 'Where a click on it leads: a link, not a request by script.',
          examples: ['https://api.example.com/v1/auth/social/google'],
        }),
      }),
    ),
    nextCursor: z.null(),
  })
  .meta({ id: 'SocialProviderList', description: 'The providers that people can sign in with here.' });

export const socialToken = z
  .strictObject({
    code: z
      .string()
      .min(1)
      .max(200)
      .meta({
        description: 'From the fragment of the page that the browser came back to; good for a minute, once.',
        examples: ['ksc_bGFuZCBpbiBzaWdodA'],
      }),
    ...signInOptions,
  })
  .meta({ id: 'SocialToken' });

export const identityPath = z.strictObject({ id: id() });
export const identityLinkStart = z.strictObject({ returnTo }).meta({ id: 'IdentityLinkStart' });

export const identityLink = z
  .object({
    url: z.string().meta({
      description: 'Where to send the browser now. It has to be the one that got the cookie of this answer.',
      examples: ['https://accounts.google.com/o/oauth2/v2/auth?client_id=…'],
    }),
    expiresIn: z.int().meta({ description: 'Seconds to come back within.', examples: [600] }),
  })
  .meta({ id: 'IdentityLink', description: 'The way to a provider, to link an identity there.' });

export const identityList = z
  .object({
    items: z.array(
      z
        .object({
          id: id(),
          provider: provider(),
          email: z
            .string()
            .nullable()
            .meta({ examples: ['ada@example.com'] }),
          name: z
            .string()
            .nullable()
            .meta({ examples: ['Ada Lovelace'] }),
          avatarUrl: z
            .string()
            .nullable()
            .meta({ examples: ['https://example.com/ada.png'] }),
          createdAt: instant(),
          lastUsedAt: instant().meta({ description: 'When it signed you in last, or was linked.' }),
        })
        .meta({ id: 'Identity', description: 'An account at a provider that signs the caller in.' }),
    ),
    nextCursor: z.null(),
  })
  .meta({
    id: 'IdentityList',
    description: 'The identities of the caller, as the providers told them last.',
  });

export type SocialProviderPath = z.output<typeof socialProviderPath>;
export type SocialStart = z.output<typeof socialStart>;
export type SocialAnswer = z.output<typeof socialAnswer>;
export type SocialToken = z.output<typeof socialToken>;
export type IdentityPath = z.output<typeof identityPath>;
export type IdentityLinkStart = z.output<typeof identityLinkStart>;
