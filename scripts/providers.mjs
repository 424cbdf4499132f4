// Runs the sign-in providers that development has in place of Google and GitHub.

/**
 * Starts those that `env` names no client for. `portOf` gives the port of a variable, `publicUrl` is where the API is
 * reached. Answers the settings by which the API knows them, and `close()`.
 */
export async function startProviders({ env, portOf, publicUrl }) {
  const callback = (provider) => [`${publicUrl.replace(/\/$/, '')}/v1/auth/social/${provider}/callback`];
  const started = [];
  const settings = {};
  if (!env.GOOGLE_CLIENT_ID) {
    const { GOOGLE_CLIENT, startIdentityProvider } = await import('./identity-provider.mjs');
    const google = await startIdentityProvider({
      port: portOf('LOCAL_GOOGLE_PORT'),
      redirectUris: callback('google'),
    });
    started.push(google);
    settings.GOOGLE_ISSUER_URL = google.url;
    settings.GOOGLE_CLIENT_ID = GOOGLE_CLIENT.id;
    settings.GOOGLE_CLIENT_SECRET = GOOGLE_CLIENT.secret;
  }
  if (!env.GITHUB_CLIENT_ID) {
    const { GITHUB_CLIENT, startGitHub } = await import('./github-stand-in.mjs');
    const github = await startGitHub({ port: portOf('LOCAL_GITHUB_PORT'), redirectUris: callback('github') });
    started.push(github);
    settings.GITHUB_BASE_URL = github.url;
    settings.GITHUB_API_URL = github.url;
    settings.GITHUB_CLIENT_ID = GITHUB_CLIENT.id;
    settings.GITHUB_CLIENT_SECRET = GITHUB_CLIENT.secret;
  }
  return { settings, close: () => Promise.all(started.map((one) => one.close())) };
}
