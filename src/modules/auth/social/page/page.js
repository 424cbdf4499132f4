// Runs in the browser: what a front end does with social sign-in, in its smallest form.
(() => {
  const result = document.getElementById('result');
  const providers = document.getElementById('providers');

  async function ask(path, options) {
    const response = await fetch(path, options);
    const body = await response.json();
    if (!response.ok) throw new Error(`${body.title}. ${body.detail}`);
    return body;
  }

  async function explain(code) {
    const { title, advice } = await ask(`/problems/${encodeURIComponent(code)}`);
    throw new Error(`${title}. ${advice}`);
  }

  async function signIn(code) {
    const { accessToken } = await ask('/v1/auth/social/token', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code }),
    });
    const { name, email } = await ask('/v1/me', { headers: { authorization: `Bearer ${accessToken}` } });
    result.textContent = `You are signed in as ${name} <${email}>.`;
  }

  async function listProviders() {
    const { items } = await ask('/v1/auth/social');
    const links = items.map(({ name, url }) => {
      const link = document.createElement('a');
      link.href = url;
      link.textContent = `Sign in with ${name}`;
      const item = document.createElement('li');
      item.append(link);
      return item;
    });
    providers.replaceChildren(...links);
    if (links.length === 0) result.textContent = 'No provider is set up.';
  }

  async function start() {
    const told = new URLSearchParams(location.hash.slice(1));
    // The code works once: it need not stay in the address, nor in the history.
    history.replaceState(null, '', location.pathname);
    try {
      await listProviders();
      if (told.has('code')) await signIn(told.get('code'));
      else if (told.has('linked')) result.textContent = `${told.get('linked')} can sign you in from now on.`;
      else if (told.has('error')) await explain(told.get('error'));
    } catch (error) {
      result.textContent = error.message;
    }
  }

  void start();
})();
