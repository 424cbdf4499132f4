// What the image runs: `api`, `worker`, or a command of the application, such as `migrate`.
const processes = new Map([
  ['api', 'main'],
  ['worker', 'worker'],
]);
await import(`./dist/${processes.get(process.argv[2]) ?? 'cli'}.js`);
