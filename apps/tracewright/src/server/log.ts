/**
 * Log: what the program says of itself, one line an event on stderr; as text for people, as JSON for machines.
 * Data never goes here and logs never go to stdout.
 */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export type LogFormat = 'text' | 'json';

export type Log = (level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>) => void;

export type LogOptions = {
  readonly level: LogLevel;
  readonly format: LogFormat;
  readonly write: (line: string) => void;
  readonly now: () => Date;
};

export function createLog({ level, format, write, now }: LogOptions): Log {
  const least = LOG_LEVELS.indexOf(level);
  return (at, message, fields = {}) => {
    if (LOG_LEVELS.indexOf(at) < least) return;
    const time = now().toISOString();
    if (format === 'json') {
      write(`${JSON.stringify({ time, level: at, message, ...fields }, printable)}\n`);
      return;
    }
    const details = Object.entries(fields)
      .map(
        ([key, value]) => ` ${key}=${typeof value === 'string' ? value : JSON.stringify(value, printable)}`,
      )
      .join('');
    write(`${time} ${at.toUpperCase().padEnd(5)} ${message}${details}\n`);
  };
}

function printable(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
