// What every test file starts from; a file that needs other settings passes them to startApp().
process.env.NODE_ENV = 'test';
process.env.LOG_LEVEL ||= 'fatal';
// One address makes all requests, on a machine that does other things, too.
process.env.RATE_LIMIT_DEFAULT ||= '1000000/60';
process.env.RATE_LIMIT_AUTH ||= '1000000/60';
process.env.OVERLOAD_EVENT_LOOP_DELAY_MS ||= '0';
