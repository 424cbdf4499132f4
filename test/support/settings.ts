// What every test file starts from; a file that needs other settings passes them to startApp().
process.env.NODE_ENV = 'test';
process.env.LOG_LEVEL ||= 'fatal';
// One address makes all requests, on a machine that does other things, too.
process.env.RATE_LIMIT_DEFAULT ||= '1000000/60';
process.env.RATE_LIMIT_AUTH ||= '1000000/60';
process.env.RATE_LIMIT_API_KEY ||= '1000000/60';
process.env.OVERLOAD_EVENT_LOOP_DELAY_MS ||= '0';
process.env.WORKER_MANAGEMENT_PORT ||= '0';
// A password costs a real application 20 ms on purpose; tests do not wait for it.
process.env.AUTH_PASSWORD_MEMORY_KIB ||= '64';
process.env.AUTH_PASSWORD_PASSES ||= '1';
// Tests that are not about guessing sign the same people in again and again, all from one address.
process.env.AUTH_LOGIN_ATTEMPTS ||= '1000';
process.env.AUTH_SESSIONS_MAX ||= '1000';
