/**
 * `tracewright check`: all is well where it is, and each kind of damage is named with what to do, whether the server
 * runs or not; and a server whose data is damaged starts, says what is missing, and answers from the rest.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { encodeTracesProtobuf } from '@tracewright/wire';
import { numberedSpan, numberedSpans } from '../testing/numbered-spans.ts';
import { RunningServer, runProgram } from '../testing/running-server.ts';
import { postOtlp } from '../testing/send-otlp.ts';

type Answer = {
  readonly ok: boolean;
  readonly running: boolean;
  readonly parts: number;
  readonly segments: number;
  readonly findings: readonly {
    readonly level: string;
    readonly where: string;
    readonly what: string;
    readonly todo: string;
  }[];
};

const NOWHERE = ['--server', 'http://127.0.0.1:9'];

async function check(...args: string[]): Promise<{ code: number | null; answer: Answer; text: string }> {
  const { code, stdout, stderr } = await runProgram(['check', '--json', ...args]).ended;
  return { code, answer: JSON.parse(stdout || '{}') as Answer, text: stdout + stderr };
}

const send = async (server: RunningServer, first: number): Promise<void> => {
  const answer = await postOtlp(server, 'traces', encodeTracesProtobuf(numberedSpans(first, 50)));
  assert.equal(answer.status, 200);
};

const found = async (server: RunningServer, number: number): Promise<number> =>
  (await fetch(server.api(`/traces/${numberedSpan(number).traceId}`))).status;

/** The largest file of each part of the spans, in the order of their coming. */
function spanData(dataPath: string): readonly string[] {
  const store = join(dataPath, 'engine', 'store');
  const files = readdirSync(store, { recursive: true, encoding: 'utf8' });
  const table = files.find((path) => path.endsWith('/spans.sql'));
  const uuid = /UUID '([0-9a-f-]{36})'/.exec(readFileSync(join(store, table ?? ''), 'utf8'))?.[1] ?? '';
  return files
    .filter(
      (path) =>
        path.includes(uuid) && /\/\d{8}_\d+_\d+_\d+\/data\.bin$/.test(path) && !path.includes('detached'),
    )
    .sort((a, b) => Number(/\d{8}_(\d+)/.exec(a)?.[1]) - Number(/\d{8}_(\d+)/.exec(b)?.[1]))
    .map((path) => join(store, path));
}

function flip(file: string): void {
  const bytes = readFileSync(file);
  for (let at = 3; at < bytes.length; at += 61) bytes[at] = (bytes[at] ?? 0) ^ 0x5a;
  writeFileSync(file, bytes);
}

test('what is whole is found whole; a damaged part is named, set aside by a read, and the rest answers', {
  timeout: 180_000,
}, async () => {
  const server = await RunningServer.start();
  try {
    await send(server, 0);
    await server.settled();
    await send(server, 1000);
    await server.settled();
    const running = await check('--server', server.url('api'));
    assert.deepEqual(
      [running.code, running.answer.ok, running.answer.running],
      [0, true, true],
      running.text,
    );
    assert.ok(running.answer.parts > 2 && running.answer.findings.length === 0);
    const link = `${server.dataPath}-link`;
    symlinkSync(server.dataPath, link);
    const linked = await check('--server', server.url('api'), '--data', link);
    rmSync(link);
    assert.deepEqual([linked.code, linked.answer.running], [0, true], linked.text);
    const shown = await runProgram(['check', '--server', server.url('api')]).ended;
    assert.match(shown.stdout, /^All is well in .*: \d+ parts \(.*\) and \d+ segments were read\.\n$/);
    assert.match(shown.stderr, /Parts: .* 100 %/);

    const [first = ''] = spanData(server.dataPath);
    const part = first.split('/').at(-2) ?? '';
    flip(first);
    const hurt = await check('--server', server.url('api'));
    assert.equal(hurt.code, 1, hurt.text);
    const [finding] = hurt.answer.findings;
    assert.deepEqual([finding?.level, finding?.where], ['error', `spans/${part}`]);
    assert.match(finding?.todo ?? '', /backup/);

    // A read that meets it says so, or is the first that is answered without it.
    await server.until('it is set aside', async () => {
      await found(server, 0);
      await found(server, 1000);
      return (await server.status())?.storage.setAside.length === 1;
    });
    const said = `Part ${part} of spans is damaged on disk and was set aside`;
    await server.until('it is said', async () => server.log.includes(said));
    assert.equal((await server.status())?.storage.setAside[0]?.part, part);
    assert.deepEqual(
      [await found(server, 0), await found(server, 1000)].sort(),
      spanData(server.dataPath).length === 0 ? [404, 404] : [200, 404],
    );
    await send(server, 2000);
    await server.settled();
    assert.equal(await found(server, 2000), 200);
    const status = await runProgram(['status', '--server', server.url('api')]).ended;
    assert.equal(status.code, 1);
    assert.match(status.stdout, new RegExp(`Parts set aside\\nspans ${part}, .*missing from answers`));
  } finally {
    await server.dispose();
  }
});

test('a stopped folder: segments, parts, the floor and what is set aside, each with what to do', {
  timeout: 180_000,
}, async () => {
  const server = await RunningServer.start(['--wal.segmentInterval', '30s']);
  const { dataPath } = server;
  try {
    await send(server, 0);
    assert.equal(await server.stop(), 0);
    await server.restart();
    await send(server, 1000);
    await server.kill();
    const well = await check('--data', dataPath, ...NOWHERE);
    assert.deepEqual([well.code, well.answer.ok, well.answer.running], [0, true, false], well.text);
    assert.equal(well.answer.segments, 1);

    const [segment = ''] = readdirSync(join(dataPath, 'wal'));
    flip(join(dataPath, 'wal', segment, 'spans.native'));
    writeFileSync(join(dataPath, 'wal', 'notes.txt'), 'mine');
    mkdirSync(join(dataPath, 'wal', '00001000000000000000'));
    flip(spanData(dataPath)[0] ?? '');
    writeFileSync(join(dataPath, 'segment-floor'), '17\n');
    const hurt = await check('--data', dataPath, ...NOWHERE);
    assert.equal(hurt.code, 1);
    const levels = new Map(
      hurt.answer.findings.map(({ where, level }) => [where.replace(/\d{8}_\S+/, 'PART'), level]),
    );
    assert.deepEqual(
      [...levels].sort(),
      [
        ['segment-floor', 'error'],
        ['spans/PART', 'error'],
        ['wal/00001000000000000000', 'note'],
        ['wal/notes.txt', 'note'],
        [`wal/${segment}`, 'error'],
      ].sort(),
      hurt.text,
    );
    assert.ok(hurt.answer.findings.every(({ todo }) => todo.length > 10));

    rmSync(join(dataPath, 'segment-floor'));
    await server.restart();
    await send(server, 2000);
    const { quarantined } = (await server.status())?.wal ?? assert.fail('no status');
    assert.deepEqual(
      quarantined.map((one) => one.segment),
      [String(BigInt(segment))],
    );
    assert.match(server.log, new RegExp(`Segment ${BigInt(segment)} is damaged and kept in quarantine`));
    assert.equal(await server.stop(), 0);
    const after = await check('--data', dataPath, ...NOWHERE);
    assert.equal(after.code, 1);
    const aside = after.answer.findings.find(({ where }) => where === `quarantine/${segment}.damaged`);
    assert.match(aside?.what ?? '', /set aside: 1 of its 1 groups are damaged/);
  } finally {
    await server.dispose();
  }
});

test('what cannot be checked is said', async () => {
  const nothing = await runProgram(['check', '--data', '/no/such/folder', ...NOWHERE]).ended;
  assert.equal(nothing.code, 1);
  assert.match(nothing.stderr, /there is no folder \/no\/such\/folder; name one with --server or --data/);
  assert.equal((await runProgram(['check', '--dat', 'x']).ended).code, 2);
});
