// Stands in for Google in development: a real OpenID provider, with people to choose from in place of passwords.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { formOf, PAGE_POLICY, serveLoopback, whoAreYou } from './loopback.mjs';

/** What the API has to be told to know this provider. Production refuses secrets that begin like this one. */
export const GOOGLE_CLIENT = { id: 'keelson', secret: 'development-secret-of-the-local-google' };

/** Who can be chosen, unless it is told of others. */
const PEOPLE = [
  {
    id: '100000000000000000001',
    name: 'Grace Hopper',
    email: 'grace@provider.example',
    email_verified: true,
  },
  { id: '100000000000000000002', name: 'Alan Turing', email: 'alan@provider.example', email_verified: true },
  {
    id: '100000000000000000003',
    name: 'Eve Unverified',
    email: 'eve@provider.example',
    email_verified: false,
  },
];

/**
 * Starts it on 127.0.0.1; port 0 takes a free one. `redirectUris` are the only addresses that it sends anybody back
 * to. Answers `{ port, url, close() }`; who signed in and every key go with the process.
 */
export async function startIdentityProvider({ port = 3003, redirectUris, people = PEOPLE }) {
  let answer;
  const served = await serveLoopback(port, (request, response) => answer(request, response));
  const provider = await quietly(async () => {
    const { interactionPolicy, Provider } = await import('oidc-provider');
    const settings = configuration(redirectUris, people);
    settings.interactions.policy = askingAlways(interactionPolicy);
    return new Provider(served.url, settings);
  });
  const protocol = provider.callback();
  answer = (request, response) => {
    const choosing = /^\/sign-in\/[\w-]+$/.test(request.url);
    const work = choosing ? choosePerson(provider, people, request, response) : protocol(request, response);
    work.catch(() => response.writeHead(400).end('Begin again where you came from.\n'));
  };
  return served;
}

function configuration(redirectUris, people) {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = { ...privateKey.export({ format: 'jwk' }), kid: randomBytes(8).toString('hex'), use: 'sig' };
  return {
    clients: [
      {
        client_id: GOOGLE_CLIENT.id,
        client_secret: GOOGLE_CLIENT.secret,
        redirect_uris: redirectUris,
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    jwks: { keys: [key] },
    cookies: { keys: [randomBytes(32).toString('hex')] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'picture'] },
    // Like Google's, its ID tokens carry the profile.
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: false } },
    interactions: { url: (_context, { uid }) => `/sign-in/${uid}` },
    ttl: {
      AccessToken: 3600,
      AuthorizationCode: 60,
      Grant: 3600,
      IdToken: 300,
      Interaction: 600,
      Session: 3600,
    },
    findAccount: (_context, id) => {
      const { id: sub, ...claims } = people.find((person) => person.id === id) ?? {};
      return sub && { accountId: sub, claims: () => ({ sub, ...claims }) };
    },
    loadExistingGrant: everythingGranted,
    renderError: (context, { error, error_description: description }) => {
      Object.assign(context, { type: 'text/plain', body: `${error}: ${description}\n` });
    },
  };
}

/** Also who signed in before may be somebody else now. */
function askingAlways({ base, Check }) {
  const policy = base();
  const asked = ({ oidc }) => (oidc.result?.login ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT);
  policy.get('login').checks.add(new Check('choose', 'somebody has to be chosen', 'login_required', asked));
  return policy;
}

/** Nobody is asked to consent: the choice of a person is all that this provider asks. */
async function everythingGranted({ oidc }) {
  const grant = new oidc.provider.Grant({
    accountId: oidc.account.accountId,
    clientId: oidc.client.clientId,
  });
  grant.addOIDCScope('openid email profile');
  await grant.save();
  return grant;
}

async function choosePerson(provider, people, request, response) {
  const { prompt } = await provider.interactionDetails(request, response);
  if (request.method === 'POST') {
    const result = resultOf(people, prompt, await formOf(request));
    await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
  } else {
    const headers = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': PAGE_POLICY };
    response.writeHead(200, headers).end(page(people));
  }
}

function resultOf(people, prompt, form) {
  const accountId = form.get('person');
  const chosen = people.some(({ id }) => id === accountId) && prompt.name === 'login';
  return chosen ? { login: { accountId, remember: false } } : { error: 'access_denied' };
}

const page = (people) => {
  const button = ({ id, name, email, email_verified: verified }) =>
    `<button name="person" value="${id}">${name} &lt;${email}&gt;${verified ? '' : ', not verified'}</button>`;
  const cancel = '<button name="person" value="">Cancel</button>';
  return whoAreYou('Google', `<form method="post">${[...people.map(button), cancel].join('\n')}</form>`);
};

/** The package warns of what a stand-in is: it forgets everything. (And of Node 20, on which it is tested here.) */
async function quietly(work) {
  const { warn } = console;
  console.warn = (...words) => String(words[0]).includes('oidc-provider') || warn(...words);
  try {
    return await work();
  } finally {
    console.warn = warn;
  }
}
