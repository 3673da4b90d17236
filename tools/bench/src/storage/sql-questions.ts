// The questions that people ask, as plain SQL on a table of spans: what the engine takes for them by itself, without
// the program around it. Every answer is judged by its number of rows.

import { STANDARD_FACTS } from '../generate/standard-workload.ts';
import { BenchFailure } from '../harness/bench-failure.ts';
import type { PickedSpan, Population } from '../query/population.ts';
import { percentile } from '../report/figure.ts';
import type { MeasuredEngine } from './measured-engine.ts';

/** How a table is asked; variants differ in it. */
export type Dialect = {
  readonly table: string;
  /** The condition for a string attribute of a span. */
  readonly attribute: (key: string, value: string) => string;
  /** The condition for a trace by its id of 32 hexadecimal digits. */
  readonly trace: (traceId: string) => string;
  /** Settings beyond those that make repeated questions comparable. */
  readonly settings: string;
};

export type SqlQuestion = {
  readonly id: string;
  readonly label: string;
  readonly sql: (dialect: Dialect, span: PickedSpan) => string;
  /** Whether an answer of so many rows can be right. */
  readonly right: (rows: number) => boolean;
};

/** What makes repeated questions comparable: no answer from a cache, indexes looked at first. */
const QUESTION_SETTINGS =
  'optimize_read_in_order = 0, use_skip_indexes_on_data_read = 0, use_query_condition_cache = 0, max_threads = 2';

/** By the index on the low half of the id, then the whole id. */
export function wholeTrace(traceId: string): string {
  return `substring(trace_id, 9, 8) = unhex('${traceId.slice(16)}') AND trace_id = unhex('${traceId}')`;
}

function withSettings(dialect: Dialect, sql: string): string {
  return `${sql} SETTINGS ${[QUESTION_SETTINGS, dialect.settings].filter((each) => each !== '').join(', ')}`;
}

function newest(dialect: Dialect, condition: string): string {
  return withSettings(
    dialect,
    `SELECT hex(trace_id), max(start_nano) AS newest FROM (SELECT trace_id, start_nano FROM ${dialect.table} ` +
      `WHERE tenant = 'default' AND ${condition} ORDER BY start_nano DESC LIMIT 160) ` +
      'GROUP BY trace_id ORDER BY newest DESC LIMIT 20',
  );
}

export const SQL_QUESTIONS: readonly SqlQuestion[] = [
  {
    id: 'byId',
    label: 'by id',
    sql: (dialect, { traceId }) =>
      withSettings(
        dialect,
        `SELECT * FROM ${dialect.table} WHERE tenant = 'default' AND ${dialect.trace(traceId)}`,
      ),
    right: (rows) => rows === 8,
  },
  {
    id: 'service',
    label: 'service',
    sql: (dialect) => newest(dialect, `service = '${STANDARD_FACTS.service}'`),
    right: (rows) => rows === 20,
  },
  {
    id: 'serviceNameDuration',
    label: 'svc+name+dur',
    sql: (dialect) =>
      newest(
        dialect,
        `service = '${STANDARD_FACTS.service}' AND name = '${STANDARD_FACTS.operation}' AND duration_nano >= 50000000`,
      ),
    right: (rows) => rows === 20,
  },
  {
    id: 'unique',
    label: 'unique',
    sql: (dialect, span) => newest(dialect, dialect.attribute(STANDARD_FACTS.unique.key, span.orderRef)),
    right: (rows) => rows === 1,
  },
  {
    id: 'rareKnown',
    label: 'rare',
    sql: (dialect, span) => newest(dialect, dialect.attribute(STANDARD_FACTS.wellKnown.key, span.userId)),
    right: (rows) => rows >= 1,
  },
  {
    id: 'common',
    label: 'common',
    sql: (dialect) =>
      newest(dialect, dialect.attribute(STANDARD_FACTS.common.key, STANDARD_FACTS.common.value)),
    right: (rows) => rows === 20,
  },
  {
    id: 'absent',
    label: 'absent',
    sql: (dialect, span) =>
      newest(dialect, dialect.attribute(STANDARD_FACTS.absent.key, `never-${span.userId}`)),
    right: (rows) => rows === 0,
  },
  {
    id: 'red',
    label: 'RED',
    sql: (dialect) =>
      withSettings(
        dialect,
        'SELECT intDiv(start_nano, 60000000000) AS minute, count(), countIf(status_code = 2), quantile(0.99)(duration_nano) ' +
          `FROM ${dialect.table} WHERE tenant = 'default' AND service = '${STANDARD_FACTS.service}' GROUP BY minute`,
      ),
    right: (rows) => rows >= 1,
  },
];

/** What the questions mean, for the conditions of figures. */
export const SQL_QUESTIONS_IN_WORDS: string =
  'questions over the whole range, newest 20 traces: unique: an unforeseen key’s value of one span; rare: a well-known ' +
  'key’s of 1 in 200,000; common: of 1 in 20; absent: of none; RED: one service by minute';

export type SqlTimes = { readonly question: SqlQuestion; readonly p50Ms: number; readonly p95Ms: number };

/** Asks each question for `repeats` random spans, after one unmeasured time; a wrong answer is a failure. */
export async function timeSqlQuestions(
  engine: MeasuredEngine,
  dialect: Dialect,
  population: Population,
  repeats: number,
  signal: AbortSignal,
  questions: readonly SqlQuestion[] = SQL_QUESTIONS,
): Promise<readonly SqlTimes[]> {
  const times: SqlTimes[] = [];
  for (const question of questions) {
    const elapsedMs: number[] = [];
    for (let time = -1; time < repeats; time++) {
      signal.throwIfAborted();
      const answer = await engine.run(question.sql(dialect, population.pick()), 'JSONCompactEachRow');
      const found = answer.text.split('\n').filter((line) => line !== '').length;
      if (!question.right(found))
        throw new BenchFailure(`${dialect.table}, ${question.label}: ${found} rows are wrong`);
      if (time >= 0) elapsedMs.push(answer.elapsedMs);
    }
    times.push({ question, p50Ms: percentile(elapsedMs, 0.5), p95Ms: percentile(elapsedMs, 0.95) });
  }
  return times;
}
