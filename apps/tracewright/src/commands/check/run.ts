/**
 * Checks a data folder: its segments, what was set aside, the floor of ids, and each part of the tables; of a running
 * server through its API, of a folder that nobody uses by opening the engine on it.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkSegments } from '@tracewright/pipeline';
import { err, failure, ok, type Result } from '@tracewright/std';
import {
  type ColdTier,
  ColdVolume,
  checkPart,
  createEmbeddedEngine,
  inspectStore,
  type PartVerdict,
  readHeldElsewhere,
  SCHEMA_VERSION,
} from '@tracewright/storage';
import { type DataSource, findDataSource } from '../../backup/data-source.ts';
import { unfinishedRestore } from '../../backup/restoring.ts';
import type { Call } from '../../cli/command.ts';
import { reportFailure } from '../../cli/connect.ts';
import { visible } from '../../cli/display-text.ts';
import { exitCode } from '../../cli/exit-code.ts';
import { loadConfig } from '../../cli/load-config.ts';
import { showProgress } from '../../cli/progress.ts';
import { sizeText } from '../../cli/size-text.ts';
import type { Terminal } from '../../cli/terminal.ts';
import { entryUrl } from '../../entries.ts';
import { coldTierOf } from '../../server/cold-tier.ts';
import type { CheckOptions } from './command.ts';
import {
  type Finding,
  floorFindings,
  partFinding,
  quarantineFindings,
  segmentFindings,
  storeFindings,
} from './findings.ts';

/** The store, asked directly or through a server. */
type Store = {
  overview(): Promise<
    Result<{
      readonly schemaVersion: number;
      readonly parts: readonly {
        readonly table: string;
        readonly part: string;
        readonly bytes: number;
        readonly rows: number;
      }[];
      readonly setAside: readonly {
        readonly table: string;
        readonly part: string;
        readonly reason: string;
      }[];
      readonly doubledRows?: number;
      readonly newestSegment: bigint;
    }>
  >;
  check(table: string, part: string): Promise<Result<PartVerdict>>;
  close(): Promise<void>;
};

const OVERVIEW_MS = 130_000;
const PART_MS = 620_000;

export async function runCheck(call: Call<CheckOptions>): Promise<number> {
  const { terminal, options, style } = call;
  const found = await findDataSource(call);
  if (!found.ok) return reportFailure(call, found.failure);
  const source = found.value;
  const isRunning = source.kind === 'running';
  const findings: Finding[] = [];
  const counts = { segments: 0, parts: 0, rows: 0, bytes: 0 };
  const store = await openStore(source, terminal);
  try {
    if (source.kind === 'stopped' || source.isHere) {
      const segments = showProgress(terminal, 'Segments', options.json);
      const checked = await checkSegments(join(source.dataPath, 'wal'), (done, total) =>
        segments.at(done, total, String),
      );
      segments.end();
      counts.segments = checked.segments.length;
      findings.push(
        ...segmentFindings(checked, isRunning),
        ...quarantineFindings(quarantined(source.dataPath)),
      );
      const unfinished = unfinishedRestore(source.dataPath);
      if (unfinished !== undefined)
        findings.push({
          level: 'error',
          where: 'restoring',
          what: 'A restore was cut short',
          todo: unfinished,
        });
    }
    if (!store.ok) {
      const todo = 'See what the message says; if the engine cannot open its folder, restore a backup';
      findings.push({ level: 'error', where: 'engine', what: store.failure.message, todo });
    } else {
      const overview = await store.value.overview();
      if (!overview.ok) return reportFailure(call, overview.failure);
      const { parts, newestSegment } = overview.value;
      findings.push(...storeFindings(overview.value));
      if (source.kind === 'stopped' || source.isHere)
        findings.push(...floorFindings(readIfThere(join(source.dataPath, 'segment-floor')), newestSegment));
      const total = parts.reduce((sum, part) => sum + part.bytes, 0);
      const progress = showProgress(terminal, 'Parts', options.json);
      for (const { table, part, rows, bytes } of parts) {
        if (terminal.interrupted().aborted) return exitCode.interrupted;
        const verdict = await store.value.check(table, part);
        counts.bytes += bytes;
        progress.at(counts.bytes, total, sizeText);
        // A merge replaces parts while the server runs: what is gone by now is in another one.
        if (!verdict.ok) {
          if (!isRunning) findings.push(partFinding(table, part, verdict.failure.message, false));
          continue;
        }
        counts.parts++;
        counts.rows += rows;
        if (!verdict.value.whole) findings.push(partFinding(table, part, verdict.value.reason, isRunning));
      }
      progress.end();
    }
  } finally {
    if (store.ok) await store.value.close();
    if (source.kind === 'stopped') source.lock.release();
  }
  const isWell = findings.every(({ level }) => level === 'note');
  if (options.json) {
    const answer = { data: source.dataPath, running: isRunning, ok: isWell, ...counts, findings };
    terminal.stdout.write(`${JSON.stringify(answer)}\n`);
  } else {
    for (const { level, where, what, todo } of findings) {
      const text = `${visible(where)}: ${visible(what)}`;
      terminal.stdout.write(`${level === 'error' ? style.error(text) : text}\n  ${visible(todo)}.\n`);
    }
    const checked = `${counts.parts} parts (${sizeText(counts.bytes)}) and ${counts.segments} segments`;
    terminal.stdout.write(
      `${isWell ? style.good('All is well') : style.error('Something is wrong')} in ${visible(source.dataPath)}: ${checked} were read.\n`,
    );
  }
  return isWell ? exitCode.ok : exitCode.failure;
}

async function openStore(source: DataSource, terminal: Terminal): Promise<Result<Store>> {
  if (source.kind === 'running') {
    const { server } = source;
    return ok({
      overview: async () => {
        const status = await server.ask('storage', (client, how) => client.getStatus({}, how), {
          timeoutMs: OVERVIEW_MS,
        });
        const away = status.ok
          ? status.value.storage.tiers?.find(({ problem }) => problem !== undefined)
          : undefined;
        if (away !== undefined)
          return err(failure('unavailable', `The cold tier ${away.place} cannot be read: ${away.problem}`));
        const answer = await server.ask('parts', (client, how) => client.inspectStore({}, how), {
          timeoutMs: OVERVIEW_MS,
        });
        return answer.ok
          ? ok({ ...answer.value, newestSegment: BigInt(answer.value.newestSegment) })
          : answer;
      },
      check: (table, part) =>
        server.ask('whole', (client, how) => client.checkPart({ table, part }, how), { timeoutMs: PART_MS }),
      close: async () => undefined,
    });
  }
  const path = join(source.dataPath, 'engine');
  if (!existsSync(join(path, 'metadata', 'tracewright.sql'))) {
    // With `storage.url` they are on the servers; opening the engine here would only make a folder for it.
    const none = { schemaVersion: SCHEMA_VERSION, parts: [], setAside: [], newestSegment: 0n };
    return ok({
      overview: async () => ok(none),
      check: async (table) => err(failure('not-found', `There is no table ${table}`)),
      close: async () => undefined,
    });
  }
  const volume = await openTier(path, terminal);
  if (!volume.ok) return volume;
  const engine = createEmbeddedEngine({
    path,
    ...(volume.value === undefined ? {} : { volumes: volume.value }),
    childUrl: entryUrl('embedded-child'),
  });
  const started = await engine.start();
  if (!started.ok) {
    await engine[Symbol.asyncDispose]();
    return started;
  }
  return ok({
    overview: () => inspectStore(engine),
    check: (table, part) => checkPart(engine, { database: 'tracewright', table, part }),
    close: () => engine[Symbol.asyncDispose](),
  });
}

/**
 * The cold tier of a folder that no server uses. A folder's record says where it is; what a bucket is asked with stands in
 * the configuration only. Checking what is hot alone would say that all is well where nobody looked.
 */
async function openTier(enginePath: string, { env, cwd }: Terminal): Promise<Result<ColdVolume | undefined>> {
  const held = readHeldElsewhere(enginePath);
  if (!held.ok) return held;
  if (held.value === undefined) return ok(undefined);
  const { kind, place, words } = held.value;
  const loaded = loadConfig({ env, cwd, flags: { entries: [], problems: [], rest: [] } });
  const named =
    kind === 'folder' || !loaded.ok ? undefined : coldTierOf(loaded.value.config.values.storage.tiers.cold);
  const tier: ColdTier | undefined =
    kind === 'folder' ? { kind, path: place } : named?.ok === true ? named.value : undefined;
  const volume = tier === undefined ? undefined : ColdVolume.open(tier, enginePath);
  if (volume?.ok !== true) {
    const todo = 'run the command where the configuration names that tier, or of the running server';
    return err(failure('unavailable', `The cold tier cannot be read: ${words}; ${todo}`));
  }
  const looked = await volume.value?.look();
  if (looked?.ok === false)
    return err(failure('unavailable', `The cold tier cannot be read: ${words}; ${looked.failure.message}`));
  return volume;
}

function quarantined(dataPath: string): readonly { readonly name: string; readonly reason: string }[] {
  const folder = join(dataPath, 'quarantine');
  let names: readonly string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names
    .filter((name) => /^\d{20}(?:\.damaged)?$/.test(name))
    .map((name) => ({
      name,
      reason: readIfThere(join(folder, name, 'reason'))?.trim() ?? 'nobody said why',
    }));
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
