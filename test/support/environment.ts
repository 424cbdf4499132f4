// What every test file starts from; a file that needs other settings passes them to startApp().
process.env.NODE_ENV = 'test';
process.env.LOG_LEVEL ||= 'fatal';
