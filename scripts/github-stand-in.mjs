// Stands in for GitHub in development: its web flow (OAuth 2.0 with PKCE) and the part of its API that says who signed in.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { formOf, PAGE_POLICY, serveLoopback, whoAreYou } from './loopback.mjs';

/** What the API has to be told to know this provider. Production refuses secrets that begin like this one. */
export const GITHUB_CLIENT = { id: 'keelson', secret: 'development-secret-of-the-local-github' };

/** Who can be chosen, unless it is told of others. */
const PEOPLE = [
  {
    id: 1001,
    login: 'margaret',
    name: 'Margaret Hamilton',
    email: 'margaret@provider.example',
    verified: true,
  },
  { id: 1002, login: 'mallory', name: null, email: 'mallory@provider.example', verified: false },
];
const SECONDS = 60;

/** Starts it on 127.0.0.1; port 0 takes a free one. Answers `{ port, url, close() }`. */
export async function startGitHub({ port = 3004, redirectUris, people = PEOPLE }) {
  const state = { redirectUris, people, codes: new Map(), tokens: new Map() };
  return serveLoopback(port, (request, response) => {
    void answer(state, request)
      .catch(() => ({ status: 400, body: { message: 'Bad request' } }))
      .then(({ status = 200, headers, body = '' }) => {
        const json = typeof body !== 'string';
        const type = json ? 'application/json' : 'text/html; charset=utf-8';
        response.writeHead(status, {
          'content-type': type,
          'content-security-policy': PAGE_POLICY,
          ...headers,
        });
        response.end(json ? JSON.stringify(body) : body);
      });
  });
}

async function answer(state, request) {
  const { pathname, searchParams } = new URL(request.url, 'http://127.0.0.1');
  const route = `${request.method} ${pathname}`;
  if (route === 'GET /login/oauth/authorize') return authorize(state, searchParams);
  if (route === 'POST /login/oauth/access_token') return exchange(state, await formOf(request));
  const person = state.tokens.get(/^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1]);
  if (!person) return { status: 401, body: { message: 'Bad credentials' } };
  const { email, verified, ...user } = person;
  if (route === 'GET /user') return { body: { ...user, email, avatar_url: null } };
  if (route === 'GET /user/emails')
    return { body: [{ email, primary: true, verified, visibility: 'public' }] };
  return { status: 404, body: { message: 'Not Found' } };
}

/** Without `person` a page to choose one; with it the way back. */
function authorize({ redirectUris, people, codes }, parameters) {
  const redirectUri = parameters.get('redirect_uri');
  if (parameters.get('client_id') !== GITHUB_CLIENT.id || !redirectUris.includes(redirectUri)) {
    return { status: 404, body: 'The redirect_uri is not associated with this application.\n' };
  }
  if (!parameters.has('person')) return { body: page(people, parameters) };
  const back = new URL(redirectUri);
  const person = people.find(({ login }) => login === parameters.get('person'));
  if (person) {
    const code = randomBytes(10).toString('hex');
    const challenge = parameters.get('code_challenge');
    codes.set(code, { person, redirectUri, challenge, until: Date.now() + SECONDS * 1000 });
    back.searchParams.set('code', code);
  } else {
    back.searchParams.set('error', 'access_denied');
  }
  back.searchParams.set('state', parameters.get('state') ?? '');
  return { status: 302, headers: { location: back.href } };
}

/** Refusals have status 200, as GitHub's do. */
function exchange({ codes, tokens }, form) {
  const refused = (error) => ({ body: { error, error_description: 'The stand-in refuses this.' } });
  if (form.get('client_id') !== GITHUB_CLIENT.id || !isSecret(form.get('client_secret') ?? '')) {
    return refused('incorrect_client_credentials');
  }
  const kept = codes.get(form.get('code'));
  codes.delete(form.get('code'));
  const challenge = createHash('sha256')
    .update(form.get('code_verifier') ?? '')
    .digest('base64url');
  if (!kept || kept.until < Date.now() || kept.challenge !== challenge)
    return refused('bad_verification_code');
  if (form.get('redirect_uri') !== kept.redirectUri) return refused('redirect_uri_mismatch');
  const token = `gho_${randomBytes(18).toString('hex')}`;
  tokens.set(token, kept.person);
  return { body: { access_token: token, token_type: 'bearer', scope: 'read:user,user:email' } };
}

function isSecret(given) {
  const [ours, theirs] = [GITHUB_CLIENT.secret, given].map((text) =>
    createHash('sha256').update(text).digest(),
  );
  return timingSafeEqual(ours, theirs);
}

function page(people, parameters) {
  const link = (login, text) => {
    const query = new URLSearchParams([...parameters, ['person', login]]);
    return `<li><a href="?${query.toString().replaceAll('&', '&amp;')}">${text}</a></li>`;
  };
  const choices = people.map(({ login, email, verified }) =>
    link(login, `${login} &lt;${email}&gt;${verified ? '' : ', not verified'}`),
  );
  return whoAreYou('GitHub', `<ul>${[...choices, link('', 'Cancel')].join('\n')}</ul>`);
}
