/**
 * The server's status as text. The accounts stand as equations, so that a reader can check them:
 * received = accepted + rejected, accepted = stored + sampled out + set aside + in flight.
 */
import type { StatusReport } from '@tracewright/api/client';
import { visible } from '../../cli/display-text.ts';
import { sizeText } from '../../cli/size-text.ts';
import type { Style } from '../../cli/style.ts';
import { printTable } from '../../cli/table.ts';
import type { Terminal } from '../../cli/terminal.ts';
import { durationText } from '../../cli/time-text.ts';

/** A commit takes milliseconds. */
const SLOW_ANSWER_MS = 2_000;

export function statusText(
  status: StatusReport,
  url: string,
  frame: { readonly style: Style; readonly terminal: Terminal },
): string {
  const { style } = frame;
  const { accounts, wal, storage } = status;
  const ready = status.ready ? style.good('ready') : style.error('not ready');
  const out: string[] = [
    `Tracewright ${visible(status.version)} at ${url}: ${ready}, up ${sinceText(status.uptimeMs)}\n`,
    `Data    ${visible(status.dataPath)}, ${roomText(storage, style)}\n`,
    `Engine  ${visible(storage.engine)}, ${visible(storage.state)}\n`,
    `Lag     ${status.lagMs === 0 ? 'none: all that was acknowledged can be found' : `${sinceText(status.lagMs)} until what was acknowledged can be found`}\n`,
  ];
  if (status.refusing !== undefined)
    out.push(`Senders ${style.error(`are refused. ${visible(status.refusing)}`)}\n`);
  if (wal.oldestUnansweredMs > SLOW_ANSWER_MS)
    out.push(
      `Senders ${style.error(`wait ${sinceText(wal.oldestUnansweredMs)} for an answer: is the disk slow?`)}\n`,
    );
  section('Accounts');
  out.push(
    printTable(
      ['', 'RECEIVED', 'ACCEPTED', 'REJECTED', 'STORED', 'SAMPLED OUT', 'SET ASIDE', 'IN FLIGHT'].map(
        (title, i) => ({
          title,
          right: i > 0,
        }),
      ),
      [accountRow('spans', accounts.spans), accountRow('logs', accounts.logs)],
      frame,
    ),
  );
  if (accounts.discarded.metricsRequests > 0)
    out.push(
      `Metrics are accepted and discarded: ${countText(accounts.discarded.metricsRequests)} requests so far.\n`,
    );

  if (accounts.rejectedByReason.length > 0) {
    section('Rejected');
    const rows = accounts.rejectedByReason.map(({ count, signal, receiver, reason }) =>
      [countText(count), unitOf(signal, reason), signal, receiver, reason].map(visible),
    );
    const columns = [
      { title: 'COUNT', right: true },
      { title: 'UNIT' },
      { title: 'SIGNAL' },
      { title: 'RECEIVER' },
      { title: 'REASON' },
    ];
    out.push(printTable(columns, rows, frame));
  }
  if (status.receivers.length > 0) {
    section('Receivers');
    const rows = status.receivers.map((receiver) => [
      visible(receiver.id),
      visible(receiver.endpoint),
      receiver.listening ? style.good('listening') : style.error(`not listening${reasonOf(receiver.error)}`),
      countText(receiver.requests),
      receiver.lastRequestAt === undefined ? 'never' : visible(receiver.lastRequestAt),
    ]);
    const columns = [
      { title: 'RECEIVER' },
      { title: 'ADDRESS' },
      { title: 'STATE' },
      { title: 'REQUESTS', right: true },
      { title: 'LAST' },
    ];
    out.push(printTable(columns, rows, frame));
  }
  section('Write-ahead segments');
  const oldest = wal.segmentsWaiting === 0 ? '' : `, the oldest for ${sinceText(wal.oldestWaitingMs)}`;
  out.push(
    `${wal.segmentsOpen} open, ${wal.segmentsWaiting} waiting (${sizeText(wal.bytesWaiting)})${oldest}\n`,
  );
  for (const { segment, reason, rows } of wal.quarantined)
    out.push(
      style.error(
        `set aside: segment ${visible(String(segment))}, ${countText(rows)} rows: ${visible(reason)}`,
      ),
      '\n',
    );

  if (storage.setAside.length > 0) {
    section('Parts set aside');
    for (const { table, part, reason, bytes } of storage.setAside)
      out.push(
        style.error(
          `${visible(table)} ${visible(part)}, ${sizeText(bytes)}: ${visible(reason)}; what it held is missing from answers`,
        ),
        '\n',
      );
  }

  if (storage.tiers !== undefined) {
    section('Tiers');
    const rows = storage.tiers.map(({ tier, place, rows: count, bytesOnDisk, problem }) => [
      tier,
      countText(count),
      sizeText(bytesOnDisk),
      problem === undefined ? visible(place) : style.error(`${visible(place)}: ${visible(problem)}`),
    ]);
    const columns = [
      { title: 'TIER' },
      { title: 'ROWS', right: true },
      { title: 'ON DISK', right: true },
      { title: 'WHERE' },
    ];
    out.push(printTable(columns, rows, frame));
  }
  if (storage.shards !== undefined) {
    section('Shards');
    const rows = storage.shards.map((shard) => [
      String(shard.shard),
      shard.problem === undefined ? style.good('ready') : style.error(visible(shard.problem)),
      countText(shard.segmentsKept),
      sizeText(shard.bytesKept),
      shard.segmentsKept === 0 ? '' : sinceText(shard.oldestKeptMs),
      visible(shard.servers.join(' | ')),
    ]);
    const columns = [
      { title: 'SHARD', right: true },
      { title: 'STATE' },
      { title: 'SEGMENTS KEPT', right: true },
      { title: 'SIZE', right: true },
      { title: 'OLDEST', right: true },
      { title: 'SERVERS' },
    ];
    out.push(printTable(columns, rows, frame));
  }
  if (storage.tables.length > 0) {
    section('Tables');
    const rows = storage.tables.map((table) => [
      visible(table.table),
      countText(table.rows),
      sizeText(table.bytesOnDisk),
      table.rows === 0 ? '' : `${(table.bytesOnDisk / table.rows).toFixed(1)} B`,
      countText(table.parts),
      table.oldestArrival === undefined ? '' : dayText(table.oldestArrival),
    ]);
    const columns = [
      { title: 'TABLE' },
      { title: 'ROWS', right: true },
      { title: 'ON DISK', right: true },
      { title: 'PER ROW', right: true },
      { title: 'PARTS', right: true },
      { title: 'OLDEST ARRIVAL' },
    ];
    out.push(printTable(columns, rows, frame));
  }
  return out.join('');

  function section(title: string): void {
    out.push(`\n${style.bold(title)}\n`);
  }

  function accountRow(name: string, account: StatusReport['accounts']['spans']): string[] {
    const bad = (count: number): string => (count === 0 ? '0' : style.error(countText(count)));
    return [
      name,
      countText(account.received),
      countText(account.accepted),
      bad(account.rejected),
      countText(account.stored),
      countText(account.sampledOut),
      bad(account.quarantined),
      countText(account.inFlight),
    ];
  }
}

/** Room on the disk, in the colour of an error where it is too little. */
function roomText(
  { diskFreeBytes, diskTotalBytes, diskFreeBytesMin }: StatusReport['storage'],
  style: Style,
): string {
  const text = `${sizeText(diskFreeBytes)} free of ${sizeText(diskTotalBytes)}`;
  return diskFreeBytes < diskFreeBytesMin
    ? style.error(`${text}, below the ${sizeText(diskFreeBytesMin)} that stay free`)
    : text;
}

/** Of a request that was refused as a whole nobody knows how much was in it: the accounts name it so. */
function unitOf(signal: string, reason: string): string {
  if (reason.startsWith('request: ')) return 'requests';
  return signal === 'logs' ? 'records' : 'spans';
}

/** Arrival is known by the day: its midnight would claim more. */
function dayText(iso: string): string {
  return visible(iso.replace(/T00:00:00(\.0+)?Z$/, ''));
}

function reasonOf(error: string | undefined): string {
  return error === undefined ? '' : `: ${visible(error)}`;
}

/** Thousands apart by spaces no line breaks at, as 1 234 567. */
export function countText(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ' ');
}

function sinceText(ms: number): string {
  return durationText(BigInt(Math.max(0, Math.round(ms))) * 1_000_000n);
}
