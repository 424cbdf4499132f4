// Runs in the browser: Swagger UI, with a form in its Authorize dialog that signs in.
(() => {
  /** Path of the operation that answers with an access token, by its operationId in the document. */
  const pathOf = (spec, operationId) =>
    Object.keys(spec.paths).find((path) =>
      Object.values(spec.paths[path]).some((operation) => operation.operationId === operationId),
    );

  async function signIn(path, credentials) {
    const response = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(credentials),
    });
    const body = await response.json();
    if (!response.ok) throw new Error(`${body.title}. ${body.detail}`);
    return body.accessToken;
  }

  function signInPart({ React, authActions }, path) {
    const h = React.createElement;
    return function SignIn({ name, schema }) {
      const [values, setValues] = React.useState({ email: '', password: '' });
      const [message, setMessage] = React.useState('');
      const submit = async () => {
        try {
          const value = await signIn(path, values);
          setMessage('');
          authActions.authorizeWithPersistOption({ [name]: { name, schema, value } });
        } catch (error) {
          setMessage(error.message);
        }
      };
      // The dialog is one form already: Enter in a field must sign in, not submit that form.
      const onKeyDown = (event) => {
        if (event.key !== 'Enter') return;
        event.preventDefault();
        void submit();
      };
      const field = (key, type, label) => {
        const onChange = ({ target }) => setValues({ ...values, [key]: target.value });
        const autoComplete = type === 'password' ? 'current-password' : 'username';
        const input = h('input', { type, name: key, autoComplete, value: values[key], onChange, onKeyDown });
        return h('label', { key }, label, input);
      };
      const button = h('button', { type: 'button', className: 'btn authorize', onClick: submit }, 'Sign in');
      const fields = [field('email', 'email', 'E-mail'), field('password', 'password', 'Password')];
      return h('div', { className: 'sign-in' }, h('h4', null, 'Sign in'), fields, button, alert(h, message));
    };
  }

  const alert = (h, message) => (message ? h('p', { role: 'alert' }, message) : null);

  const signInPlugin = (path) => () => ({
    wrapComponents: {
      HttpAuth: (Original, system) => {
        const SignIn = signInPart(system.getSystem(), path);
        return function HttpAuthWithSignIn(props) {
          const h = system.React.createElement;
          const signedIn = props.authorized && props.authorized.get(props.name);
          return h('div', null, signedIn ? null : h(SignIn, props), h(Original, props));
        };
      },
    },
  });

  async function start() {
    const spec = await (await fetch('/openapi.json')).json();
    const path = pathOf(spec, 'login');
    const ui = SwaggerUIBundle({
      spec,
      dom_id: '#swagger-ui',
      deepLinking: true,
      persistAuthorization: true,
      displayRequestDuration: true,
      plugins: path ? [signInPlugin(path)] : [],
      // Who signs in by trying the operation out is signed in for the others, too.
      responseInterceptor: (response) => {
        const token = response.ok && response.url.includes('/v1/auth/') && response.obj?.accessToken;
        if (token) ui.preauthorizeApiKey('bearer', token);
        return response;
      },
    });
  }

  void start();
})();
