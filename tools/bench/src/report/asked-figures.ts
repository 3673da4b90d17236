// The figures that are promised, as data: what is asked of each, and by which measured figure it is answered.

import { type JoinedFigure, median } from './figure.ts';

/** A report, as far as it matters here. */
type Measured = {
  readonly scenarios: readonly {
    readonly name: string;
    readonly failure?: string;
    readonly figures: readonly JoinedFigure[];
  }[];
};

export type Asked = {
  readonly label: string;
  /** A measured figure's id; of several the worst counts. */
  readonly ids: readonly string[];
  readonly limit: number;
  readonly unit: string;
  readonly better: 'less' | 'more';
};

export const ASKED: readonly Asked[] = [
  less('server CPU seconds a million spans', ['ingest.cpu'], 8, 's'),
  more('acknowledged spans/s, OTLP/HTTP protobuf', ['ingest.spansPerSecond'], 150_000, '/s'),
  more('acknowledged spans/s, OTLP/gRPC', ['ingest-grpc.spansPerSecond'], 120_000, '/s'),
  less('acknowledgement p99 at 50,000 spans/s', ['paced.ackP99'], 50, 'ms'),
  less('acknowledged span found by id, at the latest', ['paced.foundMax'], 1_000, 'ms'),
  less('bytes a span, merged, with indexes: standard workload', ['ingest.tableBytes'], 60, 'B'),
  less('bytes a span, merged, with indexes: Jaeger’s recipe', ['ingest-jaeger.tableBytes'], 45, 'B'),
  less('trace by id p50, 10 million spans', ['query.native.byId.p50'], 10, 'ms'),
  less('trace by id p50, 100 million spans', ['query-100m.native.byId.p50'], 15, 'ms'),
  less(
    'service + name + duration, newest 20, p50, 10 million',
    ['query.native.serviceNameDuration.p50'],
    40,
    'ms',
  ),
  less('rare value of a well-known key, any service, p50', ['query.native.rareKnown.p50'], 80, 'ms'),
  less(
    'rare value of a key nobody foresaw, p50',
    ['query.native.unique.p50', 'query.native.rareUnforeseen.p50'],
    120,
    'ms',
  ),
  less('absent value, p50', ['query.native.absent.p50', 'query.native.absentKnown.p50'], 60, 'ms'),
  less('trace by id p50, scattered over a minute', ['query-scattered.native.byId.p50'], 15, 'ms'),
  less('resident memory, idle 30 s after the start', ['memory.rssIdle'], 400, 'MB'),
  less('resident memory, peak at full load', ['memory.rssLoad'], 1_200, 'MB'),
  less('resident memory, peak during heavy queries', ['memory.rssQueries'], 2_000, 'MB'),
  less('start to first accepted span: empty', ['start.emptyAccepted'], 1_000, 'ms'),
  less('the same: 10 million spans, 1 GB to replay', ['start-full.accepted'], 1_500, 'ms'),
];

/** The scenarios that answer what is asked. */
export const ASKED_SCENARIOS: readonly string[] = [
  'ingest',
  'ingest-grpc',
  'paced',
  'ingest-jaeger',
  'query',
  'query-scattered',
  'memory',
  'start',
  'start-full',
];

/** What is asked too, but runs only when it is named: its store alone takes a quarter of an hour and 8 GB. */
export const ASKED_WHEN_NAMED: readonly string[] = ['query-100m'];

function less(label: string, ids: readonly string[], limit: number, unit: string): Asked {
  return { label, ids, limit, unit, better: 'less' };
}

function more(label: string, ids: readonly string[], limit: number, unit: string): Asked {
  return { label, ids, limit, unit, better: 'more' };
}

export type AskedRow = {
  readonly asked: Asked;
  /** Undefined where it was not measured. */
  readonly measured: Pick<JoinedFigure, 'values' | 'min' | 'max' | 'median'> | undefined;
  /** Failed: a run of its scenario ended without a figure, whatever others measured. */
  readonly verdict: 'met' | 'MISSED' | 'FAILED' | 'not measured';
};

/** What a report says to each figure that is asked. */
export function answerAsked(report: Measured): readonly AskedRow[] {
  const byId = new Map(
    report.scenarios.flatMap(({ figures }) => figures.map((figure) => [figure.id, figure] as const)),
  );
  const failed = new Set(
    report.scenarios.flatMap(({ name, failure }) => (failure === undefined ? [] : [name])),
  );
  return ASKED.map((asked) => {
    const hasFailed = asked.ids.some((id) => failed.has(id.split('.')[0] ?? ''));
    const found = asked.ids.flatMap((id) => byId.get(id) ?? []);
    const worst = found.reduce<JoinedFigure | undefined>(
      (worse, figure) =>
        worse === undefined || figure.median > worse.median === (asked.better === 'less') ? figure : worse,
      undefined,
    );
    if (worst === undefined)
      return { asked, measured: undefined, verdict: hasFailed ? 'FAILED' : 'not measured' };
    const middle = median(worst.values);
    const isMet = asked.better === 'less' ? middle <= asked.limit : middle >= asked.limit;
    return { asked, measured: worst, verdict: hasFailed ? 'FAILED' : isMet ? 'met' : 'MISSED' };
  });
}

/** One line for each figure that is asked; undefined where the report answers none of them. */
export function printAsked(
  report: Measured,
  print: (value: number) => string,
): readonly string[][] | undefined {
  const rows = answerAsked(report);
  if (rows.every(({ verdict }) => verdict === 'not measured')) return undefined;
  return [
    ['figure', 'asked', 'median', 'spread', 'verdict'],
    ...rows.map(({ asked, measured, verdict }) => [
      asked.label,
      `${asked.better === 'less' ? '≤' : '≥'} ${asked.limit.toLocaleString('en-US')} ${asked.unit}`,
      measured === undefined ? '–' : print(measured.median),
      measured === undefined || measured.values.length < 2
        ? ''
        : `${print(measured.min)} … ${print(measured.max)}`,
      verdict,
    ]),
  ];
}
