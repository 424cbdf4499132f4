// Turns the application's structured log lines into lines for a person's eyes; leaves every other line as it is.
const LEVELS = { 10: 'trace', 20: 'debug', 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' };
const OMITTED = new Set(['level', 'time', 'timestamp', 'msg', 'message', 'pid', 'hostname', 'err', 'stack']);

/** One line (an error's stack adds more) for a JSON log line; any other text unchanged. */
export function legible(line) {
  if (!line.startsWith('{')) return line;
  let record;
  try {
    record = JSON.parse(line);
  } catch {
    return line;
  }
  const message = record.msg ?? record.message;
  if (record.level === undefined || message === undefined) return line;
  const time = new Date(record.time ?? record.timestamp ?? Date.now());
  const clock = Number.isNaN(time.getTime()) ? '' : time.toISOString().slice(11, 23);
  const details = Object.entries(record)
    .filter(([name, value]) => !OMITTED.has(name) && value !== undefined && value !== null)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const stack = record.err?.stack ?? record.stack;
  const level = String(LEVELS[record.level] ?? record.level).padEnd(5);
  return [`${clock} ${level} ${message}`, ...details].join(' ') + (stack ? `\n${stack}` : '');
}
