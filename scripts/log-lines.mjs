// Turns the application's structured log lines into lines for a person's eyes; leaves every other line as it is.
const LEVELS = { 10: 'trace', 20: 'debug', 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' };
const OMITTED = new Set(['level', 'time', 'timestamp', 'msg', 'message', 'pid', 'hostname', 'err', 'stack']);

// Nest names every module and route while it starts: a hundred lines that nobody reads here.
const CHATTER = new Set(['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer']);

/** One line (an error's stack adds more) for a JSON log line; any other text unchanged; undefined for chatter. */
export function legible(line) {
  if (!line.startsWith('{')) return line;
  let record;
  try {
    record = JSON.parse(line);
  } catch {
    return line;
  }
  const message = record.msg ?? record.message ?? 'request';
  if (record.level === undefined) return line;
  if (record.level === 'info' && CHATTER.has(record.logger)) return undefined;
  const time = new Date(record.time ?? record.timestamp ?? Date.now());
  const clock = Number.isNaN(time.getTime()) ? '' : time.toISOString().slice(11, 23);
  const details = Object.entries(record)
    .filter(([name, value]) => !OMITTED.has(name) && value !== undefined && value !== null)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const stack = record.err?.stack ?? record.stack;
  const level = String(LEVELS[record.level] ?? record.level).padEnd(5);
  return [`${clock} ${level} ${message}`, ...details].join(' ') + (stack ? `\n${stack}` : '');
}
