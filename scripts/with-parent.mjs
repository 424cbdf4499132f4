// Preloaded into the processes that `npm start` starts: when the launcher is killed, even by `kill -9`, its end of
// the channel closes, and they shut down in order instead of living on as orphans.
process.once('disconnect', () => {
  setTimeout(() => process.exit(143), 15_000).unref();
  if (!process.emit('SIGTERM', 'SIGTERM')) process.exit(143);
});
process.channel?.unref();
