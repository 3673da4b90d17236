/**
 * A cold tier and the commands around it: what lies there is read by a check, is in a backup or, while it is away, a
 * backup is refused in words, and a segment that may be cold already is not stored a second time while the tier is away.
 */
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { encodeTracesProtobuf } from '@tracewright/wire';
import { numberedSpan, numberedSpans } from '../testing/numbered-spans.ts';
import { RunningServer, runProgram } from '../testing/running-server.ts';
import { postOtlp } from '../testing/send-otlp.ts';

/** The program, five days ago. */
const EARLIER = {
  NODE_OPTIONS:
    '--import=data:text/javascript,const{now}=Date;globalThis.Date=class%20extends%20Date{constructor(...a){a.length?super(...a):super(Date.now())}static%20now(){return%20now()-432e6}}',
};
const ROWS = 10;

const run = (...args: string[]) => runProgram(args).ended;

test('a check and a backup know of the tier; a segment that may be cold waits while it is away', {
  timeout: 180_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tracewright-cold-'));
  const [cold, away] = [join(folder, 'cold'), join(folder, 'away')];
  const server = await RunningServer.reserve();
  const [wal, kept] = [join(server.dataPath, 'wal'), join(folder, 'kept')];
  const stopped = ['--data', server.dataPath, '--server', 'http://127.0.0.1:9'];
  const coldRows = async (): Promise<number | undefined> =>
    (await server.status())?.storage.tiers?.find(({ tier }) => tier === 'cold')?.rows;
  try {
    server.env = EARLIER;
    server.setFlags(['--wal.segmentInterval', '20s']);
    await server.restart();
    assert.equal(
      (await postOtlp(server, 'traces', encodeTracesProtobuf(numberedSpans(0, ROWS)))).status,
      200,
    );
    await server.kill();
    cpSync(wal, kept, { recursive: true });
    assert.equal(readdirSync(kept).length, 1);

    server.env = {};
    server.setFlags(['--storage.tiers.cold.path', cold, '--storage.tiers.cold.after', '1d']);
    await server.restart();
    await server.settled();
    await server.until('the day is cold', async () => (await coldRows()) === ROWS);
    const running = await run('check', '--json', '--server', server.url('api'));
    assert.deepEqual([running.code, JSON.parse(running.stdout).ok], [0, true], running.stderr);
    const made = await run('backup', join(folder, 'backup'), '--server', server.url('api'));
    assert.equal(made.code, 0, made.stderr);
    const inside = await run('backup', join(server.dataPath, 'backup'), '--server', server.url('api'));
    assert.equal(inside.code, 2);
    assert.match(inside.stderr, /lies in the data folder/);
    assert.equal(await server.stop(), 0);

    const whole = await run('check', '--json', ...stopped);
    assert.equal(whole.code, 0, whole.stdout);
    assert.deepEqual(JSON.parse(whole.stdout).rows, JSON.parse(running.stdout).rows);
    const alone = await run('backup', join(folder, 'alone'), ...stopped);
    assert.equal(alone.code, 0, alone.stderr);

    renameSync(cold, away);
    cpSync(kept, wal, { recursive: true });
    const refused = await run('backup', join(folder, 'never'), ...stopped);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /would lack what lies on the cold tier, which is away: .*mounted\?/);
    assert.ok(!existsSync(join(folder, 'never')));
    const lacking = await run('check', '--json', ...stopped);
    assert.equal(lacking.code, 1);
    assert.match(lacking.stdout, /The cold tier cannot be read: .*is its disk mounted\?/);
    await server.restart();
    await server.until('the segment waits', async () => server.log.includes('waits for the cold tier'));
    const { wal: waiting } = (await server.status()) ?? assert.fail('no status');
    assert.deepEqual([waiting.segmentsWaiting, waiting.quarantined], [1, []]);
    const torn = await run('backup', join(folder, 'never'), '--server', server.url('api'));
    assert.equal(torn.code, 1);
    assert.match(torn.stderr, /A backup would lack what lies on the cold tier, which is away/);
    // A segment that is held back holds up no end.
    assert.equal(await server.stop(), 0);
    assert.match(server.log, /Stopped: 1 segments are stored at the next start/);

    renameSync(away, cold);
    await server.restart();
    await server.settled();
    assert.equal(await coldRows(), ROWS);
    const again = JSON.parse((await run('check', '--json', '--server', server.url('api'))).stdout);
    assert.deepEqual([again.ok, again.findings], [true, []]);
    await server.kill();

    const restored = join(folder, 'restored');
    assert.equal((await run('restore', join(folder, 'backup'), '--data', restored)).code, 0);
    const copy = await RunningServer.start([], undefined, { dataPath: restored });
    try {
      const trace = await fetch(copy.api(`/traces/${numberedSpan(0).traceId}`));
      assert.equal(trace.status, 200, 'what was cold is in the backup');
    } finally {
      await copy.dispose();
    }
  } finally {
    await server.dispose();
    rmSync(folder, { recursive: true, force: true });
  }
});
