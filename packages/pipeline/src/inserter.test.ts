/** No segment is lost, none blocks those behind it, and what the engine refuses for good is set aside and can return. */
import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { RecordBatch, type Segment, type Writer } from '@tracewright/model';
import { err, failure, ok } from '@tracewright/std';
import { Inserter } from './inserter.ts';
import { Quarantine } from './quarantine.ts';
import { SegmentWriter } from './segment/segment-writer.ts';
import { appendSpans } from './testing/sample-batch.ts';

type Stage = {
  readonly wal: string;
  readonly quarantine: Quarantine;
  readonly inserter: Inserter;
  readonly said: string[];
  readonly folder: string;
};

async function onStage(writer: Writer, body: (stage: Stage) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tracewright-inserter-'));
  const wal = join(folder, 'wal');
  mkdirSync(wal);
  const quarantine = new Quarantine(join(folder, 'quarantine'));
  quarantine.open();
  const said: string[] = [];
  const inserter = new Inserter({
    directory: wal,
    writer,
    quarantine,
    floorPath: join(folder, 'segment-floor'),
    monotonicMs: () => performance.now(),
    events: {
      stored: (segment) => said.push(`stored ${segment.id}`),
      quarantined: (segment) => said.push(`quarantined ${segment.id}`),
      damaged: ({ id }, saved) => said.push(`damaged ${id}, saved ${saved?.files[0]?.rows ?? 0}`),
      stalled: () => said.push('stalled'),
      resumed: () => said.push('resumed'),
    },
  });
  try {
    await body({ wal, quarantine, inserter, said, folder });
  } finally {
    await inserter.drain(0);
    rmSync(folder, { recursive: true });
  }
}

function writeSegment(directory: string, id: bigint, groups: number = 1): Segment {
  const writer = new SegmentWriter({ directory, sync: false });
  assert.ok(writer.open(id).ok);
  const batch = new RecordBatch();
  for (let group = 1; group <= groups; group++) {
    appendSpans(batch, 2);
    assert.ok(writer.commit(batch, group).ok);
    batch.reset();
  }
  const { segment } = writer.close();
  assert.ok(segment !== undefined);
  return segment;
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!condition()) {
    assert.ok(Date.now() < deadline, 'waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test('segments are stored in order, their files removed, and an id above theirs kept', () =>
  onStage({ insert: async () => ok(undefined) }, async ({ wal, inserter, said, folder }) => {
    for (const id of [1n, 2n, 3n]) inserter.add(writeSegment(wal, id), 0);
    inserter.start();
    await until(() => said.length === 3);
    assert.deepEqual(said, ['stored 1', 'stored 2', 'stored 3']);
    assert.deepEqual(readdirSync(wal), []);
    assert.ok(BigInt(readFileSync(join(folder, 'segment-floor'), 'utf8').trim()) > 3n);
  }));

test('an absent engine is waited for, and a repeated insert says so', async () => {
  let calls = 0;
  const replayed: boolean[] = [];
  const writer: Writer = {
    insert: async (segment) => {
      replayed.push(segment.replayed);
      return ++calls < 3 ? err(failure('unavailable', 'The engine restarts')) : ok(undefined);
    },
  };
  await onStage(writer, async ({ wal, inserter, said }) => {
    inserter.add(writeSegment(wal, 1n), 0);
    inserter.start();
    await until(() => said.includes('stored 1'));
    assert.deepEqual(said, ['stalled', 'stored 1', 'resumed']);
    assert.deepEqual(replayed, [false, true, true]);
  });
});

test('a segment that the store asks to hold is neither set aside nor in the way of others, however long', async () => {
  let asked = 0;
  const writer: Writer = {
    insert: async ({ id }) => {
      if (id !== 1n) return ok(undefined);
      return ++asked < 20 ? err(failure('overloaded', 'Hold it', { retryAfterMs: 5 })) : ok(undefined);
    },
  };
  await onStage(writer, async ({ wal, inserter, said }) => {
    inserter.add(writeSegment(wal, 1n), 0);
    inserter.start();
    for (let id = 2n; !said.includes('stored 1'); id++) {
      assert.ok(id < 1000n, 'It is stored in the end');
      inserter.add(writeSegment(wal, id), 0);
      await until(() => said.includes(`stored ${id}`));
    }
    assert.equal(asked, 20);
    assert.deepEqual(
      said.filter((one) => one.startsWith('quarantined')),
      [],
    );
  });
});

test('the end waits for nothing that the store does not take now, and leaves it on disk', {
  timeout: 30_000,
}, async () => {
  const A_LONG_TIME_MS = 600_000;
  for (const held of [
    failure('overloaded', 'Hold it', { retryAfterMs: A_LONG_TIME_MS }),
    failure('resource', 'Memory limit', { retry: 'later' }),
    failure('unavailable', 'The engine is absent'),
  ]) {
    const passes = held.code !== 'unavailable';
    const writer: Writer = {
      insert: async ({ id }) => (id === 1n || !passes ? err(held) : ok(undefined)),
    };
    await onStage(writer, async ({ wal, inserter, said }) => {
      inserter.add(writeSegment(wal, 1n), 0);
      inserter.start();
      await until(() => said.includes('stalled'));
      inserter.add(writeSegment(wal, 2n), 0);
      await inserter.drain(A_LONG_TIME_MS);
      assert.equal(said.includes('stored 2'), passes, held.code);
      assert.equal(inserter.waiting, passes ? 1 : 2);
      assert.equal(readdirSync(wal).length, inserter.waiting);
    });
  }
});

test('a segment refused for good is set aside, those behind it pass, and it can return', async () => {
  let refuse = true;
  const writer: Writer = {
    insert: async ({ id }) => (id === 1n && refuse ? err(failure('invalid', 'Bad block')) : ok(undefined)),
  };
  await onStage(writer, async ({ wal, inserter, said, quarantine, folder }) => {
    for (const id of [1n, 2n]) inserter.add(writeSegment(wal, id), 0);
    inserter.start();
    await until(() => said.length === 2);
    assert.deepEqual(said, ['quarantined 1', 'stored 2']);
    const found = new Quarantine(join(folder, 'quarantine'));
    assert.equal(found.open(), 1n, 'a later life finds it');
    assert.equal(found.list()[0]?.reason, 'Bad block');
    refuse = false;
    const released = quarantine.release(1n, wal);
    assert.ok(released !== undefined && existsSync(released.files[0]?.path ?? ''));
    inserter.add(released, 0);
    await until(() => said.includes('stored 1'));
    assert.deepEqual(readdirSync(join(folder, 'quarantine')), []);
  });
});

test('an outage sets nothing aside, however long it lasts and however it is interrupted', async () => {
  let away = 0;
  const writer: Writer = {
    insert: async () =>
      ++away % 4 === 0 ? ok(undefined) : err(failure('unavailable', 'The engine restarts')),
  };
  await onStage(writer, async ({ wal, inserter, said }) => {
    for (let id = 1n; id <= 6n; id++) inserter.add(writeSegment(wal, id), 0);
    inserter.start();
    await until(() => said.includes('stored 6'));
    assert.ok(!said.some((word) => word.startsWith('quarantined')));
    assert.equal(inserter.waiting, 0);
    assert.equal(inserter.waitingBytes, 0);
  });
});

test('when the floor cannot be written, the segment stays and is finished later', () =>
  onStage({ insert: async () => ok(undefined) }, async ({ wal, inserter, said, folder }) => {
    const inTheWay = join(folder, 'segment-floor.new');
    mkdirSync(inTheWay);
    inserter.add(writeSegment(wal, 1n), 0);
    inserter.start();
    await until(() => said.includes('stalled'));
    assert.equal(readdirSync(wal).length, 1);
    rmSync(inTheWay, { recursive: true });
    await until(() => said.includes('stored 1'));
    assert.equal(readdirSync(wal).length, 0);
  }));

test('a queue of many segments is held without trouble', () =>
  onStage({ insert: async () => err(failure('unavailable', 'away')) }, async ({ inserter }) => {
    for (let id = 0n; id < 200_000n; id++)
      inserter.add({ id, schemaVersion: 1, files: [], replayed: false }, 0);
    inserter.start();
    await new Promise((resolve) => setTimeout(resolve, 150));
    assert.equal(inserter.waiting, 200_000);
  }));

test('a segment that only ever fails for a while does not block those behind it', async () => {
  const writer: Writer = {
    insert: async ({ id }) =>
      id === 1n ? err(failure('resource', 'Memory limit', { retry: 'later' })) : ok(undefined),
  };
  await onStage(writer, async ({ wal, inserter, said }) => {
    for (const id of [1n, 2n, 3n]) inserter.add(writeSegment(wal, id), 0);
    inserter.start();
    await until(() => said.includes('stored 3'));
    assert.ok(!said.includes('quarantined 1'), 'it is tried for longer than one moment');
  });
});

test('of a former life, what is damaged is kept aside, and what is whole is stored', () => {
  const inserted: string[] = [];
  const writer: Writer = {
    insert: async ({ id, files }) => {
      inserted.push(`${id}: ${files[0]?.rows} rows, ${readFileSync(files[0]?.path ?? '').length} bytes`);
      return ok(undefined);
    },
  };
  return onStage(writer, async ({ wal, quarantine, inserter, said }) => {
    const partly = writeSegment(wal, 16n, 2);
    const wholly = writeSegment(wal, 32n, 1);
    const good = writeSegment(wal, 48n, 1);
    const bytes = good.files[0]?.bytes ?? 0;
    for (const { files } of [partly, wholly]) flipByte(files[0]?.path ?? '', 40);
    const held = partly.files[0]?.bytes ?? 0;
    for (const segment of [partly, wholly, good]) inserter.add({ ...segment, replayed: true }, 1, false);
    assert.equal(inserter.waitingBytes, held + 2 * bytes);
    inserter.start();
    await until(() => said.includes('stored 48'));
    assert.deepEqual(said, ['damaged 16, saved 2', 'stored 16', 'damaged 32, saved 0', 'stored 48']);
    assert.deepEqual(inserted, [`16: 2 rows, ${bytes} bytes`, `48: 2 rows, ${bytes} bytes`]);
    assert.deepEqual([inserter.waiting, inserter.waitingBytes], [0, 0]);
    assert.deepEqual(readdirSync(quarantine.directory).sort(), [
      '00000000000000000016.damaged',
      '00000000000000000032.damaged',
    ]);
    assert.deepEqual(readdirSync(wal), []);
  });
});

function flipByte(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at] = (bytes[at] ?? 0) ^ 255;
  writeFileSync(path, bytes);
}

test('rows wait behind a store that takes others, not for one that is away or takes what was left', async () => {
  let release: (() => void) | undefined;
  let answer: Awaited<ReturnType<Writer['insert']>> = ok(undefined);
  const writer: Writer = {
    insert: async () => {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return answer;
    },
  };
  await onStage(writer, async ({ wal, inserter, said }) => {
    const takeOne = async (): Promise<void> => {
      await until(() => release !== undefined);
      const go = release;
      release = undefined;
      go?.();
    };
    inserter.add(writeSegment(wal, 1n), 1_000);
    assert.equal(inserter.lagMs(3_000), 0, 'nothing was ever stored');
    inserter.start();
    await takeOne();
    await until(() => said.includes('stored 1'));
    inserter.add(writeSegment(wal, 2n), 1_500);
    assert.equal(inserter.lagMs(3_000), 1_500);
    await until(() => release !== undefined);
    answer = err(failure('unavailable', 'away'));
    await takeOne();
    await until(() => said.includes('stalled'));
    assert.equal(inserter.lagMs(3_000), 0, 'the store is away');
    answer = ok(undefined);
    await takeOne();
    await until(() => said.includes('stored 2'));
    inserter.add({ ...writeSegment(wal, 3n), replayed: true }, 1_000);
    assert.equal(inserter.lagMs(3_000), 0, 'of a former life');
    await takeOne();
    await until(() => said.includes('stored 3'));
  });
});
