/**
 * Killed at each step of setting aside, of taking back and of recovery, a process leaves a folder of which the next one
 * makes what the killed one was about to: no segment is lost, and none is there twice.
 *
 * The process that dies is this file, run with the name of what it has to do.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs, {
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
import { fileURLToPath } from 'node:url';
import { RecordBatch, type Segment } from '@tracewright/model';
import { armFailpoints, FAILPOINT_VARIABLE } from '@tracewright/std';
import { Quarantine } from './quarantine.ts';
import { checkSegmentAtOnce } from './segment/check-segment.ts';
import { describeSegment, recoverSegments } from './segment/recover.ts';
import { SegmentWriter } from './segment/segment-writer.ts';
import { appendSpans } from './testing/sample-batch.ts';

const ID = 16n;
const NAME = '00000000000000000016';

type Deed = 'set aside' | 'take back' | 'recover';
type Case = {
  readonly deed: Deed;
  readonly step: string;
  /** What was wrong with the segment before. */
  readonly harm?: 'torn' | 'damaged';
};

const CASES: readonly Case[] = [
  ...['quarantine.add.begin', 'quarantine.add.noted', 'quarantine.add.moved'].map(
    (step): Case => ({ deed: 'set aside', step }),
  ),
  ...['quarantine.release.begin', 'quarantine.release.moved'].map(
    (step): Case => ({ deed: 'take back', step }),
  ),
  ...['recover.cut.begin', 'recover.cut.done'].map((step): Case => ({ deed: 'recover', step, harm: 'torn' })),
  ...['recover.save.written', 'recover.save.aside', 'recover.save.removed', 'recover.save.done'].map(
    (step): Case => ({ deed: 'recover', step, harm: 'damaged' }),
  ),
];

function walOf(folder: string): string {
  return join(folder, 'wal');
}

function foldersOf(folder: string): { readonly wal: string; readonly aside: string } {
  return { wal: walOf(folder), aside: join(folder, 'quarantine') };
}

/** What the program does with a folder when it starts; gives the rows of each segment that waits for the store. */
function recover(folder: string): readonly number[] {
  const folders = foldersOf(folder);
  const { segments } = recoverSegments(folders);
  return segments.flatMap((segment) => rowsOf(checkSegmentAtOnce(folders, segment).segment));
}

function rowsOf(segment: Segment | undefined): readonly number[] {
  return segment === undefined ? [] : [segment.files.reduce((sum, { rows }) => sum + rows, 0)];
}

function quarantineOf(folder: string): Quarantine {
  const quarantine = new Quarantine(foldersOf(folder).aside);
  quarantine.open();
  return quarantine;
}

function carryOut(deed: Deed, folder: string): void {
  if (deed === 'recover') {
    recover(folder);
    return;
  }
  const quarantine = quarantineOf(folder);
  if (deed === 'take back') {
    quarantine.release(ID, walOf(folder));
    return;
  }
  const segment = describeSegment(walOf(folder), ID);
  if (segment !== undefined) quarantine.add(segment, walOf(folder), 'refused');
}

/** A segment of two groups with two rows each. */
function writeSegment(folder: string): string {
  mkdirSync(walOf(folder));
  const writer = new SegmentWriter({ directory: walOf(folder), sync: false });
  assert.ok(writer.open(ID).ok);
  const batch = new RecordBatch();
  for (let group = 1; group <= 2; group++) {
    appendSpans(batch, 2);
    assert.ok(writer.commit(batch, group).ok);
    batch.reset();
  }
  return writer.close().segment?.files[0]?.path ?? assert.fail('it has rows');
}

function harmSegment(path: string, harm: 'torn' | 'damaged'): void {
  if (harm === 'torn') {
    fs.appendFileSync(path, 'bytes that nobody acknowledged');
    return;
  }
  const bytes = readFileSync(path);
  bytes[40] = (bytes[40] ?? 0) ^ 255;
  writeFileSync(path, bytes);
}

function checkAll(): void {
  for (const { deed, harm, step } of CASES) {
    test(`killed at ${step}`, () => {
      const folder = mkdtempSync(join(tmpdir(), 'tracewright-kill-mending-'));
      try {
        const path = writeSegment(folder);
        const size = readFileSync(path).length;
        if (harm !== undefined) harmSegment(path, harm);
        if (deed === 'take back') carryOut('set aside', folder);
        const orders = join(folder, 'orders');
        mkdirSync(orders);
        writeFileSync(join(orders, step), '');
        const died = spawnSync(process.execPath, [fileURLToPath(import.meta.url), deed, folder], {
          env: { ...process.env, NODE_TEST_CONTEXT: undefined, [FAILPOINT_VARIABLE]: orders },
        });
        assert.equal(died.signal, 'SIGKILL', String(died.stderr));
        assert.ok(!existsSync(join(orders, step)), 'it was killed there');

        const waiting = recover(folder);
        const held = quarantineOf(folder).list();
        const whole = held.filter(({ segment }) => segment !== undefined);
        if (harm === 'damaged') {
          assert.deepEqual([waiting, whole.length], [[2], 0], 'the good group waits');
          assert.deepEqual(
            held.map(({ id }) => id),
            [ID],
          );
          const kept = join(folder, 'quarantine', `${NAME}.damaged`);
          assert.deepEqual(readdirSync(kept).sort(), ['reason', 'sidecar', 'spans.native']);
          assert.equal(readFileSync(join(kept, 'spans.native')).length, size, 'and the other is kept');
        } else {
          const isAside = step === 'quarantine.add.moved' || step === 'quarantine.release.begin';
          assert.deepEqual([waiting, whole.length], isAside ? [[], 1] : [[4], 0]);
          assert.equal(whole[0]?.reason, isAside ? 'refused' : undefined);
          assert.deepEqual(rowsOf(whole[0]?.segment), isAside ? [4] : []);
          if (!isAside) assert.equal(readFileSync(path).length, size, 'with all of its bytes and no more');
        }
        const left = [...readdirSync(walOf(folder)), ...readdirSync(foldersOf(folder).aside)];
        assert.deepEqual(
          left.filter((name) => name !== NAME && name !== `${NAME}.damaged`),
          [],
        );

        // And what was begun can be done.
        if (deed === 'recover') return;
        carryOut('set aside', folder);
        assert.deepEqual([recover(folder), quarantineOf(folder).list().length], [[], 1]);
        carryOut('take back', folder);
        assert.deepEqual([recover(folder), quarantineOf(folder).list().length], [[4], 0]);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  }
}

const [, , deed, folder] = process.argv;
if (folder === undefined) checkAll();
else {
  armFailpoints({ process, fs, setTimeout });
  carryOut(deed as Deed, folder);
}
