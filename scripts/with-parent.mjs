// Preloaded into the processes that `npm start` starts: when the launcher is killed, even by `kill -9`, its end of
// the channel closes, and they shut down in order instead of living on as orphans.
function end() {
  setTimeout(() => process.exit(143), 15_000).unref();
  if (!process.emit('SIGTERM', 'SIGTERM')) process.exit(143);
}

// The launcher may be gone before this line: the event was then before it, too.
if (process.connected) process.once('disconnect', end);
else setImmediate(end);
process.channel?.unref();
