/**
 * Times as a person types them → as the API reads them.
 *
 * A time without a zone is local time of this terminal, so that what the program prints there can be typed back;
 * the API knows no local time and is asked in UTC. What is not understood here passes unchanged: the API says why.
 */
import { err, ok, type Result } from '@tracewright/std';

const local = /^(?:(\d{4})-(\d{2})-(\d{2})(?:[Tt ]+|$))?(?:(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?)?$/;

/** The value of --from or --to; `nowMs` gives the day where only a time of the day is typed. */
export function timeParameter(text: string, nowMs: number): string {
  const trimmed = text.trim();
  const found = local.exec(trimmed);
  if (trimmed === '' || found === null) return text;
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction] = found;
  const date = new Date(nowMs);
  if (year !== undefined) date.setFullYear(Number(year), Number(month) - 1, Number(day));
  date.setHours(Number(hour), Number(minute), Number(second), 0);
  // A date that rolled over, such as 31 February, is left for the API to refuse.
  const isReal =
    (day === undefined || (date.getMonth() === Number(month) - 1 && date.getDate() === Number(day))) &&
    Number(hour) < 24 &&
    Number(minute) < 60 &&
    Number(second) < 60;
  if (!isReal || Number.isNaN(date.getTime())) return text;
  const iso = date.toISOString();
  return fraction === undefined ? iso : `${iso.slice(0, 19)}.${fraction}Z`;
}

/** The value of --since: "3h" → "-3h"; an absolute time is one as for --from. The failure is a whole sentence. */
export function sinceParameter(text: string, nowMs: number): Result<string, string> {
  const trimmed = text.trim();
  // Nine digits and more are seconds since 1970, from 1973 on.
  if (/^\d{1,8}(\.\d*)?$/.test(trimmed))
    return err(`--since: ${trimmed} of what? ${['s', 'm', 'h'].map((unit) => trimmed + unit).join(', ')}`);
  const isAgo = /^\d+(\.\d+)?\s*[a-zµ]/.test(trimmed) && !/^\d{4}-/.test(trimmed);
  return ok(isAgo ? `-${trimmed}` : timeParameter(trimmed, nowMs));
}

/** --from, --to and --since as the API's `from` and `to`, and what was typed for them. */
export interface TimeOptions {
  readonly since: string | undefined;
  readonly from: string | undefined;
  readonly to: string | undefined;
}

export function timeParameters(
  { since, from, to }: TimeOptions,
  nowMs: number,
): Result<{ readonly from: string | undefined; readonly to: string | undefined }, string> {
  if (since !== undefined && from !== undefined) return err('--since and --from exclude each other');
  const begin =
    since !== undefined
      ? sinceParameter(since, nowMs)
      : ok(from === undefined ? undefined : timeParameter(from, nowMs));
  if (!begin.ok) return begin;
  return ok({ from: begin.value, to: to === undefined ? undefined : timeParameter(to, nowMs) });
}
