import path from 'node:path';

// What every test starts from; the workers inherit it. A file that needs other settings passes them to startApp().
const SETTINGS = {
  LOG_LEVEL: 'fatal',
  // One address makes all requests, on a machine that does other things, too.
  RATE_LIMIT_DEFAULT: '1000000/60',
  RATE_LIMIT_AUTH: '1000000/60',
  RATE_LIMIT_API_KEY: '1000000/60',
  OVERLOAD_EVENT_LOOP_DELAY_MS: '0',
  WORKER_MANAGEMENT_PORT: '0',
  // Processes that tests start load the same files over and over: from Node 22 on, compiled once.
  NODE_COMPILE_CACHE: path.resolve('.cache/compiled'),
  // A password costs a real application 20 ms on purpose; tests do not wait for it.
  AUTH_PASSWORD_MEMORY_KIB: '64',
  AUTH_PASSWORD_PASSES: '1',
  // Tests that are not about guessing sign the same people in again and again, all from one address.
  AUTH_LOGIN_ATTEMPTS: '1000',
  AUTH_SESSIONS_MAX: '1000',
};

process.env.NODE_ENV = 'test';
for (const [name, value] of Object.entries(SETTINGS)) process.env[name] ||= value;
