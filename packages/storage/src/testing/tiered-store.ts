/** A store with a cold tier in a folder that outlives its engine: for restarts, kills and tiers that go away. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createEmbeddedEngine, type EmbeddedEngineHandle } from '../engine/embedded.ts';
import { migrate } from '../migrate.ts';
import type { Reader } from '../reader.ts';
import type { ColdTier } from '../volumes/cold-tier.ts';
import { ColdVolume } from '../volumes/cold-volume.ts';
import { moveDays, readTiers, type TierPolicy, type TierReport } from '../volumes/move-days.ts';
import { createTieredReader } from '../volumes/tiered-reader.ts';
import { createWriter } from '../writer.ts';
import { attributesOf, makeLog, makeSpan, resourceOf, spanId, traceId } from './rows.ts';
import { testDecoders, writeSegment } from './segments.ts';
import { expectOk } from './store.ts';

export const DAY_MS = 86_400_000;
/** The noon of the day that counts as today. */
export const TODAY_MS: number = Date.UTC(2026, 4, 20, 12);
export const FILL: TierPolicy = { use: 'fill', afterMs: 3 * DAY_MS, hotBytesMax: 0 };

export type TieredStore = {
  readonly engine: EmbeddedEngineHandle;
  readonly volume: ColdVolume;
  readonly reader: Reader;
  /** Whether a question found that the cold tier fails. */
  readonly failures: () => number;
  move(policy?: TierPolicy): Promise<TierReport>;
  /** Rows of spans and logs on each tier. */
  rows(): Promise<Readonly<Record<'hot' | 'cold', number>>>;
  [Symbol.asyncDispose](): Promise<void>;
};

export async function openTieredStore(folder: string, tier: ColdTier): Promise<TieredStore> {
  const path = join(folder, 'engine');
  const isNew = !existsSync(path);
  const volume = expectOk(ColdVolume.open(tier, path));
  if (volume === undefined) throw new Error('A tier was named');
  await volume.look();
  const engine = createEmbeddedEngine({ path, volumes: volume });
  expectOk(await engine.start());
  if (isNew) expectOk(await migrate(engine));
  let failures = 0;
  const reader = createTieredReader({
    engine,
    volume,
    ...testDecoders,
    onColdFailure: () => {
      failures++;
    },
  });
  return {
    engine,
    volume,
    reader,
    failures: () => failures,
    move: async (policy = FILL) => expectOk(await moveDays(engine, volume, policy, TODAY_MS)),
    rows: async () => {
      const found = { hot: 0, cold: 0 };
      for (const { tier: where, rows } of expectOk(await readTiers(engine, ['spans', 'logs'])))
        found[where] += rows;
      return found;
    },
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  };
}

/** One trace, and one log record, for a day so many days ago. */
export async function storeDay(
  store: TieredStore,
  folder: string,
  daysAgo: number,
  spans = 200,
): Promise<void> {
  const arrivedMs = TODAY_MS - daysAgo * DAY_MS;
  const startUnixNano = BigInt(arrivedMs - 1000) * 1_000_000n;
  const segment = writeSegment(folder, BigInt(arrivedMs) * 1000n, {
    spans: Array.from({ length: spans }, (_, n) =>
      makeSpan({
        traceId: traceId(daysAgo + 1),
        spanId: spanId(n + 1),
        startUnixNano: startUnixNano + BigInt(n),
        resource: resourceOf(`service-${daysAgo}`),
        attributes: attributesOf({ text: `${n} `.repeat(20), day: BigInt(daysAgo) }),
      }),
    ),
    logs: [makeLog({ timeUnixNano: startUnixNano, resource: resourceOf(`service-${daysAgo}`) })],
  });
  expectOk(await createWriter({ engine: store.engine }).insert(segment));
}
