/**
 * The settings of the program, as data: validation, `--help`, the sample file and the reference page all come
 * from here. A name that is once released stays, or leaves with a message that names its successor.
 *
 * Sections that belong to one room carry that room's defaults in the words of a user.
 */
import {
  type Config,
  defineSettings,
  originOf,
  type Problem,
  printBytes,
  type Settings,
  type ValuesOf,
} from '@tracewright/config';
import { receiverSettings } from '@tracewright/receivers/settings';
import { FAILPOINT_VARIABLE } from '@tracewright/std';

const listen = {
  $about: 'Where the listeners bind, and whom they answer.',
  host: {
    kind: 'host',
    default: '127.0.0.1',
    summary: 'Address that every listener binds to.',
    detail:
      'With 127.0.0.1 only this machine can send and look. Use 0.0.0.0 (or ::) to be reachable from others, and then set auth.token as well.',
    alias: '--host',
  },
  allowedHosts: {
    kind: 'list',
    default: [],
    summary: 'Further host names under which browsers may call the HTTP listeners.',
    detail:
      'Requests whose Host header is neither an IP address nor localhost nor in this list are refused, which keeps foreign web pages from reaching the server through a rebound name.',
    example: 'traces.example.com',
  },
  allowedOrigins: {
    kind: 'list',
    default: [],
    summary: 'Web origins, besides the server itself, whose pages may call the API.',
    example: 'https://app.example.com',
  },
} as const;

const auth = {
  $about: 'Who may send and who may look. Without a token everyone who reaches a listener may do both.',
  token: { kind: 'secret', summary: 'Bearer token that both sending and looking need.' },
  ingestToken: { kind: 'secret', summary: 'Bearer token for sending only; wins over auth.token there.' },
  queryToken: { kind: 'secret', summary: 'Bearer token for looking only; wins over auth.token there.' },
} as const;

const storage = {
  $about: 'Where data lies, how long it stays, and what reading it may cost.',
  path: {
    kind: 'path',
    default: '',
    defaultText:
      '`$XDG_DATA_HOME/tracewright` or `~/.local/share/tracewright`; on macOS `~/Library/Application Support/tracewright`',
    summary: 'The one folder under which all data lies.',
    detail: 'One process at a time may use it. It is printed at start.',
    example: '/var/lib/tracewright',
    alias: '--data',
  },
  url: {
    kind: 'list',
    default: [],
    summary: 'ClickHouse servers that take the data instead of the embedded engine: one for each shard.',
    detail:
      'Rows are placed by their trace; the order of the list must stay, new shards come last. Replicas of one shard stand in one entry with | between them. The data folder then holds only what is not stored yet.',
    example: 'https://ch-1:8443, https://ch-2:8443',
  },
  node: {
    kind: 'integer',
    default: -1,
    min: -1,
    max: 63,
    defaultText: '`-1`: the number at the end of the host name, as in `tracewright-2`, or 0',
    summary:
      'Number of this node among those that share the servers of storage.url; no two may have the same.',
  },
  server: {
    $about: 'How the servers of storage.url are spoken to, and what tables they get.',
    user: { kind: 'string', default: 'default', summary: 'Name of the user.' },
    password: { kind: 'secret', summary: 'Password of the user.' },
    passwordFile: {
      kind: 'path',
      default: '',
      defaultText: 'none',
      summary: 'File with the password, without storage.server.password.',
    },
    database: {
      kind: 'string',
      default: 'tracewright',
      summary: 'The database; made when it is missing.',
    },
    compression: {
      kind: 'enum',
      values: ['none', 'gzip', 'zstd'],
      default: 'none',
      summary: 'How bodies are compressed both ways: zstd where the network is what is short.',
    },
    caFile: {
      kind: 'path',
      default: '',
      defaultText: "the system's authorities",
      summary: "File with the authorities that sign the servers' certificates, in PEM.",
    },
    tables: {
      kind: 'enum',
      values: ['plain', 'replicated'],
      default: 'plain',
      summary: 'Engine of the tables: plain for one server a shard or a service that replicates by itself.',
    },
    replicaPath: {
      kind: 'string',
      default: '/clickhouse/tables/{shard}/{database}/{table}',
      summary: 'Where replicated tables meet in Keeper; macros are filled in by the server.',
    },
    replicaName: {
      kind: 'string',
      default: '{replica}',
      summary: 'Name of a replica in Keeper.',
    },
    cluster: {
      kind: 'string',
      default: '',
      defaultText: 'none',
      summary: 'Cluster whose servers all carry out definitions (ON CLUSTER); empty asks each server alone.',
    },
    quorum: {
      kind: 'integer',
      default: 0,
      min: 0,
      max: 9,
      summary: 'Replicas that must have rows before they count as stored; 0 asks for the one that took them.',
    },
    keptMax: {
      kind: 'bytes',
      default: '8GiB',
      min: '1MiB',
      summary: 'Rows that may wait on disk for shards that are away before all inserts wait for them.',
    },
  },
  memoryMax: {
    kind: 'bytes',
    default: '1.5GiB',
    min: '512MiB',
    summary: 'Memory that the embedded engine may use for everything it does.',
  },
  minFree: {
    kind: 'bytes',
    default: '512MiB',
    min: '0',
    summary:
      'Room that stays free on the disk: with less, senders are told to try later until there is more.',
    detail:
      'What was acknowledged is still stored, merged and read from this room. Of a small disk a tenth is kept at most. 0 keeps none.',
  },
  retention: {
    $about: 'When old data is deleted. All bounds count by arrival, not by the time a span claims.',
    age: {
      kind: 'duration',
      default: '14d',
      min: '0',
      summary: 'How long data is kept after it arrived; 0 keeps it for good.',
    },
    disk: {
      kind: 'bytes',
      default: '0',
      summary: 'How much disk the tables may take before the oldest data is deleted; 0 sets no limit.',
      detail:
        'Whole days go, oldest first. When only today is left, its oldest parts go, to about a sixteenth of the limit.',
      example: '200GiB',
    },
    free: {
      kind: 'bytes',
      default: '0',
      summary: 'Room on the disk below which the oldest data is deleted, whoever fills it; 0 never does.',
      detail: 'Above storage.minFree it acts before senders are told to wait.',
      example: '20GiB',
    },
  },
  tiers: {
    $about: 'Where days lie that are asked for less. Without a cold tier all lies in the data folder.',
    cold: {
      $about: 'A slower and cheaper place for old days: a folder on another disk, or a bucket.',
      path: {
        kind: 'path',
        default: '',
        summary: 'Folder for what is cold; empty uses none.',
        detail: 'Its own disk has to be mounted: a marker in it tells whether it is.',
        example: '/mnt/large/tracewright',
      },
      after: {
        kind: 'duration',
        default: '3d',
        min: '0',
        summary: 'How long a day stays hot after all of it has arrived.',
      },
      hotMax: {
        kind: 'bytes',
        default: '0',
        summary: 'While what is hot takes more, the oldest days become cold early; 0 sets no limit.',
        detail: 'Today never moves.',
        example: '100GiB',
      },
      use: {
        kind: 'enum',
        values: ['fill', 'hold', 'empty'],
        default: 'fill',
        summary: 'Whether days move to the cold tier, stay where they are, or all come back.',
        detail: 'A tier that holds data cannot be left out of the settings: empty it first.',
      },
      s3: {
        $about: 'A bucket for what is cold. Nothing is sent anywhere unless an endpoint stands here.',
        endpoint: {
          kind: 'url',
          default: '',
          defaultText: 'none',
          summary: 'Address of the S3 service, without the bucket; empty uses none.',
          example: 'https://s3.eu-central-1.amazonaws.com',
        },
        bucket: { kind: 'string', default: '', summary: 'The bucket, which has to exist.' },
        prefix: {
          kind: 'string',
          default: 'tracewright',
          summary: "What all keys begin with; one data folder's own.",
        },
        region: { kind: 'string', default: 'us-east-1', summary: 'Region that requests are signed for.' },
        accessKeyId: { kind: 'string', default: '', summary: 'Who asks.' },
        secretAccessKey: {
          kind: 'secret',
          summary: 'What proves it. It is neither logged nor written to the data folder.',
        },
        secretAccessKeyFile: {
          kind: 'path',
          default: '',
          summary: 'File that holds the secret access key, in place of the key itself.',
          example: '/run/secrets/s3',
        },
        cache: {
          kind: 'bytes',
          default: '4GiB',
          min: '64MiB',
          summary: 'Room in the data folder for copies of what was read from the bucket.',
        },
      },
    },
  },
  query: {
    $about: 'Bounds for a single question.',
    timeout: {
      kind: 'duration',
      default: '30s',
      min: '100ms',
      max: '1h',
      summary: 'After this time a question is given up.',
    },
    memoryMax: {
      kind: 'bytes',
      default: '768MiB',
      min: '64MiB',
      summary: 'Memory that one question may use.',
    },
    rowsMax: {
      kind: 'integer',
      default: 250_000,
      min: 1000,
      summary: 'Rows that one question may return, which bounds the largest trace that can be shown whole.',
      detail: 'A span takes about a kilobyte of this program’s memory while it is shown.',
    },
  },
  readers: {
    kind: 'integer',
    default: 3,
    min: 1,
    max: 32,
    summary: 'Sessions for reading: so many questions are answered at the same time.',
  },
} as const;

const wal = {
  $about: 'The write-ahead segments: what is acknowledged lies in them until it is stored.',
  sync: {
    kind: 'enum',
    values: ['none', 'group'],
    default: 'none',
    summary: 'Whether an acknowledgement waits until the disk has the bytes.',
    detail:
      'With none, acknowledged data survives the death of every process; with group also a power cut, at the price of a few milliseconds for each request.',
  },
  groupInterval: {
    kind: 'duration',
    default: '4ms',
    min: '0',
    max: '1s',
    summary: 'How long rows wait for company before they are written together.',
  },
  segmentInterval: {
    kind: 'duration',
    default: '600ms',
    min: '10ms',
    max: '1m',
    summary: 'After this time a segment is closed and stored; about how soon a span can be found.',
    detail:
      'Each segment costs the engine something by itself, whatever it holds, so few large ones are cheaper. A segment of 16 MiB is closed after half of this time.',
  },
  segmentBytes: {
    kind: 'bytes',
    default: '64MiB',
    min: '1MiB',
    max: '1GiB',
    summary: 'A segment that reaches this size is closed before its time.',
  },
  diskMax: {
    kind: 'bytes',
    default: '16GiB',
    min: '64MiB',
    summary: 'Segments that may wait for the engine before senders are told to try later.',
  },
} as const;

const ingest = {
  $about: 'How much is taken in at a time.',
  workers: {
    kind: 'integer',
    default: 0,
    min: 0,
    max: 16,
    defaultText: '`0`: one less than the processors, at least 1 and at most 8',
    summary: 'Threads that decode and write; 0 chooses by the number of processors.',
  },
  inFlightBytesMax: {
    kind: 'bytes',
    default: '256MiB',
    min: '1MiB',
    summary: 'Bodies that may be in memory without an answer before senders are told to try later.',
  },
  lagMax: {
    kind: 'duration',
    default: '1200ms',
    min: '0',
    max: '1h',
    summary: 'While a row waits longer than this for the store, answers are delayed; 0 never delays them.',
    detail:
      'Senders that wait for their answers then send just what the store can take, so that all of it is soon found. Nobody is refused for it, a request is held for about half a second at most, and none is while the store is away.',
  },
} as const;

const api = {
  $about: 'The port for people and programs that look: web page, native API, Jaeger API.',
  enabled: { kind: 'boolean', default: true, summary: 'Whether to listen.' },
  port: { kind: 'port', default: 16686, summary: 'The port.' },
} as const;

const health = {
  $about: 'Liveness and readiness for supervisors, at /status.',
  enabled: { kind: 'boolean', default: true, summary: 'Whether to listen.' },
  port: { kind: 'port', default: 13133, summary: 'The port.' },
} as const;

const metrics = {
  $about: "The server's own figures as Prometheus text, at /metrics.",
  enabled: { kind: 'boolean', default: true, summary: 'Whether to listen.' },
  port: { kind: 'port', default: 8888, summary: 'The port.' },
} as const;

const log = {
  $about: 'What the server says of itself on stderr.',
  level: {
    kind: 'enum',
    values: ['debug', 'info', 'warn', 'error'],
    default: 'info',
    summary: 'The least important lines that are written.',
  },
  format: {
    kind: 'enum',
    values: ['auto', 'text', 'json'],
    default: 'auto',
    summary: 'Lines for people or for programs; auto is text on a terminal and JSON elsewhere.',
  },
} as const;

const selfTracing = {
  $about: 'Traces of the server itself.',
  enabled: { kind: 'boolean', default: false, summary: 'Whether the server traces its own requests.' },
  endpoint: {
    kind: 'url',
    default: '',
    defaultText: 'the server itself',
    summary: 'OTLP/HTTP address to send them to; empty sends them to the server itself.',
    example: 'http://127.0.0.1:4318',
  },
} as const;

const tenant = {
  $about: 'Whose data it is.',
  name: { kind: 'string', default: 'default', summary: 'Tenant of every request that names none.' },
} as const;

export type ProgramSettings = {
  readonly listen: typeof listen;
  readonly auth: typeof auth;
  readonly storage: typeof storage;
  readonly wal: typeof wal;
  readonly receivers: typeof receiverSettings;
  readonly ingest: typeof ingest;
  readonly api: typeof api;
  readonly health: typeof health;
  readonly metrics: typeof metrics;
  readonly log: typeof log;
  readonly selfTracing: typeof selfTracing;
  readonly tenant: typeof tenant;
};
/** The values by name, nested as in the file: durations in milliseconds, sizes in bytes. */
export type SettingsValues = ValuesOf<ProgramSettings>;
/** The values together with where each one came from. */
export type ResolvedConfig = Config<ProgramSettings>;

export const settings: Settings<ProgramSettings> = defineSettings(
  { program: 'Tracewright', fileName: 'tracewright.yaml', envPrefix: 'TRACEWRIGHT_' },
  {
    listen,
    auth,
    storage,
    wal,
    receivers: receiverSettings,
    ingest,
    api,
    health,
    metrics,
    log,
    selfTracing,
    tenant,
  },
);

/** Variables with the program's prefix that are no settings: they speak to the command line. */
export const reservedVariables: readonly string[] = [
  'TRACEWRIGHT_CONFIG',
  'TRACEWRIGHT_SERVER',
  'TRACEWRIGHT_TOKEN',
  FAILPOINT_VARIABLE,
];

const listeners = ['receivers.otlp.grpc', 'receivers.otlp.http', 'api', 'health', 'metrics'] as const;

/**
 * Mistakes that only show when several settings are seen together. `isInside` tells whether a path leads into a folder, as
 * the file system has it.
 */
export function checkTogether(
  config: ResolvedConfig,
  isInside: (path: string, folder: string) => boolean,
): readonly Problem[] {
  const value = (key: string): unknown => config.resolved.find((setting) => setting.entry.key === key)?.value;
  const problems: Problem[] = [];
  const owners = new Map<unknown, string>();
  for (const listener of listeners) {
    const port = value(`${listener}.port`);
    if (value(`${listener}.enabled`) !== true || port === 0) continue;
    const owner = owners.get(port);
    if (owner === undefined) owners.set(port, `${listener}.port`);
    else {
      // The default cannot be to blame when the other one was written by someone.
      const mine = originOf(config, `${listener}.port`);
      const origin = mine.kind === 'default' ? originOf(config, owner) : mine;
      problems.push({
        origin,
        message: `${listener}.port and ${owner} are both ${port}`,
        expected: 'different ports',
      });
    }
  }
  const { query, memoryMax, minFree, retention } = config.values.storage;
  if (retention.free > 0 && retention.free <= minFree) {
    problems.push({
      origin: originOf(config, 'storage.retention.free'),
      message: 'storage.retention.free is not above storage.minFree, so senders would be told to wait first',
      expected: `more than ${printBytes(minFree)}`,
    });
  }
  problems.push(...checkColdTier(config, isInside));
  const { tiers, url } = config.values.storage;
  if (url.length > 0 && (tiers.cold.path !== '' || tiers.cold.s3.endpoint !== '')) {
    problems.push({
      origin: originOf(config, 'storage.url'),
      message: 'storage.url and a cold tier of the embedded engine are both given',
      expected: 'a storage policy of the servers for what is cold there',
    });
  }
  if (query.memoryMax > memoryMax) {
    const mine = originOf(config, 'storage.query.memoryMax');
    problems.push({
      origin: mine.kind === 'default' ? originOf(config, 'storage.memoryMax') : mine,
      message: 'storage.query.memoryMax is above storage.memoryMax',
      expected: 'at most as much for one question as for the whole engine',
    });
  }
  return problems;
}

function checkColdTier(
  config: ResolvedConfig,
  isInside: (path: string, folder: string) => boolean,
): readonly Problem[] {
  const { path, s3 } = config.values.storage.tiers.cold;
  const problem = (key: string, message: string, expected: string): Problem => ({
    origin: originOf(config, `storage.tiers.cold.${key}`),
    message,
    expected,
  });
  // The engine's own tables lie there.
  if (path !== '' && isInside(path, config.values.storage.path))
    return [problem('path', 'The cold tier lies in the data folder', 'a folder elsewhere')];
  if (s3.endpoint === '') return [];
  if (path !== '') return [problem('path', 'The cold tier is a folder and a bucket', 'one of them')];
  const hasKey = s3.secretAccessKey !== undefined;
  const hasFile = s3.secretAccessKeyFile !== '';
  return [
    ...(s3.bucket === ''
      ? [problem('s3.endpoint', 'storage.tiers.cold.s3.bucket is missing', 'its name')]
      : []),
    ...(s3.accessKeyId === ''
      ? [problem('s3.endpoint', 'storage.tiers.cold.s3.accessKeyId is missing', 'the id of a key')]
      : []),
    ...(hasKey === hasFile
      ? [
          problem(
            's3.endpoint',
            `storage.tiers.cold.s3.secretAccessKey and secretAccessKeyFile are ${hasKey ? 'both given' : 'both missing'}`,
            'one of them',
          ),
        ]
      : []),
  ];
}
