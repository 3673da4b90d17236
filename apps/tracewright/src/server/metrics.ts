/**
 * Metrics: the program's own counts for Prometheus. The accounts come first; their equations hold here too:
 * `received = accepted + rejected`, `accepted = stored + sampled_out + quarantined + in_flight`.
 */
import type { MetricFamily, MetricsSource, NumberSample, StatusSource, StorageShard } from '@tracewright/api';
import type { Pipeline, Signal } from '@tracewright/pipeline';
import type { Engine } from '@tracewright/storage';

export type MetricsParts = {
  readonly status: StatusSource;
  readonly pipeline: Pipeline;
  readonly engine: Engine;
  readonly version: string;
};

const SIGNALS: readonly (readonly [Signal, string])[] = [
  ['traces', 'spans'],
  ['logs', 'logs'],
];

export function metricsSource({ status, pipeline, engine, version }: MetricsParts): MetricsSource {
  const { accounts } = pipeline;
  return async () => {
    const report = await status();
    const wal = pipeline.status();
    const health = engine.check();
    const memory = process.memoryUsage();
    const bySignal = (of: (name: Signal) => number): NumberSample[] =>
      SIGNALS.map(([signal, name]) => ({ labels: { signal: name }, value: of(signal) }));
    const receivers = accounts.receivers();
    const byReceiver = (of: (index: number) => number): NumberSample[] =>
      receivers.map(({ receiver }, index) => ({ labels: { receiver }, value: of(index) }));
    const tables = (of: (table: (typeof report.storage.tables)[number]) => number): NumberSample[] =>
      report.storage.tables.map((table) => ({ labels: { table: table.table }, value: of(table) }));
    const shards = (of: (shard: StorageShard) => number): NumberSample[] =>
      (report.storage.shards ?? []).map((shard) => ({
        labels: { shard: String(shard.shard) },
        value: of(shard),
      }));
    const one = (value: number): NumberSample[] => [{ value }];
    return [
      gauge('tracewright_build_info', 'Always 1; the labels tell the version.', [
        { labels: { version, node: process.versions.node }, value: 1 },
      ]),
      gauge(
        'tracewright_ready',
        '1 when the store is open and all listeners are up.',
        one(report.ready ? 1 : 0),
      ),
      counter(
        'tracewright_received',
        'Spans and log records that came in within readable requests.',
        bySignal((s) => accounts.signal(s).received),
      ),
      counter(
        'tracewright_accepted',
        'Spans and log records that were accepted.',
        bySignal((s) => accounts.signal(s).accepted),
      ),
      counter(
        'tracewright_rejected',
        'Spans and log records that were refused by themselves.',
        bySignal((s) => accounts.signal(s).rejected),
      ),
      counter(
        'tracewright_stored',
        'Spans and log records whose rows are safe in the store.',
        bySignal((s) => accounts.signal(s).stored),
      ),
      counter(
        'tracewright_sampled_out',
        'Spans and log records that sampling left out.',
        bySignal((s) => accounts.signal(s).sampledOut),
      ),
      gauge(
        'tracewright_quarantined',
        'Rows in segments that the engine refused for good.',
        bySignal((s) => accounts.signal(s).quarantined),
      ),
      gauge(
        'tracewright_in_flight',
        'Accepted rows that are not stored yet.',
        bySignal((s) => accounts.signal(s).inFlight),
      ),
      counter(
        'tracewright_refusals',
        'Refused spans, log records and whole requests, by reason.',
        accounts.reasons().map(({ signal, receiver, reason, count }) => ({
          labels: { signal, receiver, reason },
          value: count,
        })),
      ),
      counter(
        'tracewright_discarded_metrics_requests',
        'Requests with metrics, which are accepted and discarded.',
        one(accounts.discardedMetricsRequests()),
      ),
      counter(
        'tracewright_receiver_requests',
        'Requests by receiver.',
        byReceiver((at) => receivers[at]?.requests ?? 0),
      ),
      counter(
        'tracewright_receiver_failed_requests',
        'Requests that were refused whole, by receiver.',
        byReceiver((at) => receivers[at]?.failedRequests ?? 0),
      ),
      gauge(
        'tracewright_wal_segments_waiting',
        'Closed segments that wait for the store.',
        one(wal.segmentsWaiting),
      ),
      gauge(
        'tracewright_wal_waiting_bytes',
        'Bytes of closed segments that wait for the store.',
        one(wal.bytesWaiting),
      ),
      gauge(
        'tracewright_wal_in_flight_bytes',
        'Bytes of bodies that are not answered yet.',
        one(wal.inFlightBytes),
      ),
      counter(
        'tracewright_wal_torn_segments',
        'Segments whose unacknowledged tail was cut off at recovery.',
        one(wal.tornSegments),
      ),
      gauge(
        'tracewright_lag_seconds',
        'Age of the oldest acknowledged row that cannot be found yet.',
        one(report.lagMs / 1000),
      ),
      counter(
        'tracewright_insert_seconds',
        'Time spent inserting segments.',
        one(wal.inserts.totalMs / 1000),
      ),
      counter('tracewright_inserts', 'Segments inserted.', one(wal.inserts.count)),
      counter(
        'tracewright_worker_restarts',
        'Ingest workers that were started again.',
        one(wal.workerRestarts),
      ),
      counter('tracewright_engine_restarts', 'Times the engine was started again.', one(health.restarts)),
      gauge('tracewright_engine_ready', '1 when the engine answers.', one(health.state === 'ready' ? 1 : 0)),
      gauge(
        'tracewright_engine_statements',
        'Statements by class, running and waiting.',
        Object.entries(health.running).flatMap(([name, running]) => [
          { labels: { class: name, state: 'running' }, value: running },
          {
            labels: { class: name, state: 'waiting' },
            value: health.waiting[name as keyof typeof health.waiting],
          },
        ]),
      ),
      gauge(
        'tracewright_shard_ready',
        '1 when the shard can be used.',
        shards(({ problem }) => (problem === undefined ? 1 : 0)),
      ),
      gauge(
        'tracewright_shard_kept_segments',
        'Segments of which a part waits on this node for the shard.',
        shards(({ segmentsKept }) => segmentsKept),
      ),
      gauge(
        'tracewright_shard_kept_bytes',
        'Bytes that wait on this node for the shard.',
        shards(({ bytesKept }) => bytesKept),
      ),
      gauge(
        'tracewright_shard_kept_oldest_seconds',
        'Age of the oldest rows that wait on this node for the shard.',
        shards(({ oldestKeptMs }) => oldestKeptMs / 1000),
      ),
      gauge(
        'tracewright_table_rows',
        'Rows by table.',
        tables((table) => table.rows),
      ),
      gauge(
        'tracewright_table_bytes',
        'Bytes on disk by table.',
        tables((table) => table.bytesOnDisk),
      ),
      gauge(
        'tracewright_table_parts',
        'Active parts by table.',
        tables((table) => table.parts),
      ),
      gauge(
        'tracewright_disk_free_bytes',
        'Free bytes where the data lies.',
        one(report.storage.diskFreeBytes),
      ),
      gauge('process_resident_memory_bytes', 'Resident memory of the main process.', one(memory.rss)),
      gauge(
        'process_start_time_seconds',
        'When the process started, since the Unix epoch.',
        one(Date.parse(report.startedAt) / 1000),
      ),
      counter(
        'process_cpu_seconds',
        'Processor time of the main process and its threads.',
        one(cpuSeconds()),
      ),
    ];
  };
}

function counter(name: string, help: string, samples: readonly NumberSample[]): MetricFamily {
  return { type: 'counter', name, help, samples };
}

function gauge(name: string, help: string, samples: readonly NumberSample[]): MetricFamily {
  return { type: 'gauge', name, help, samples };
}

function cpuSeconds(): number {
  const { system, user } = process.cpuUsage();
  return (system + user) / 1e6;
}
