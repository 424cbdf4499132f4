// TCP ports of loopback: which are free, and which variable moves the ones that are not.
import { connect, createServer } from 'node:net';

/** A TCP port of 127.0.0.1 that was free a moment ago. */
export const freePort = () =>
  new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });

/** Why nothing can listen on this port of loopback, or undefined when something can. */
export async function obstacle(port) {
  if (await answers(port)) return 'is in use by another program';
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', ({ code }) =>
      resolve(code === 'EACCES' ? 'needs more rights than this user has' : `cannot be used (${code})`),
    );
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(undefined)));
  });
}

// Where a program listens on every address, macOS still lets a second one bind 127.0.0.1: ask for an answer, too.
const answers = (port) =>
  new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: 500 });
    const settle = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
    socket.once('timeout', () => settle(false));
  });

/**
 * The ports that `npm start` listens on, as `{ name, purpose, port }` where `name` is the variable that moves it.
 * Throws an Error that names a variable whose value is no port.
 */
export function wantedPorts(env) {
  const wanted = [
    ['PORT', 'API', 3000],
    ['MANAGEMENT_PORT', 'management', 3001],
    ['WORKER_MANAGEMENT_PORT', 'management of the worker', 3002],
    ...(env.SMTP_URL
      ? []
      : [
          ['INBOX_SMTP_PORT', 'inbox, SMTP', 1025],
          ['INBOX_PORT', 'inbox, page', 1080],
        ]),
    ...(env.GOOGLE_CLIENT_ID ? [] : [['LOCAL_GOOGLE_PORT', 'sign-in, in place of Google', 3003]]),
    ...(env.GITHUB_CLIENT_ID ? [] : [['LOCAL_GITHUB_PORT', 'sign-in, in place of GitHub', 3004]]),
  ];
  return wanted.map(([name, purpose, standard]) => {
    const port = Number(env[name] || standard);
    if (Number.isInteger(port) && port > 0 && port < 65_536) return { name, purpose, port };
    throw new Error(`${name}=${env[name]} is not a port: use a number from 1 to 65535`);
  });
}

/** One sentence for each port that cannot be used, with the way out. */
export async function portProblems(wanted) {
  const problems = await Promise.all(
    wanted.map(async ({ name, purpose, port }, index) => {
      const earlier = wanted.slice(0, index).find((other) => other.port === port);
      const reason = earlier ? `is also that of ${earlier.name}` : await obstacle(port);
      const other = port > 1_023 && port < 55_536 ? port + 10_000 : 13_000 + index;
      return (
        reason && `Port ${port} (${purpose}) ${reason}. Set ${name}, for example ${name}=${other} npm start`
      );
    }),
  );
  return problems.filter(Boolean);
}
