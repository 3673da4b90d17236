/**
 * The promise: what was acknowledged is stored, and stored once, whatever is killed when. Ten rounds, in which the
 * server, its engine, or both get SIGKILL under load.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeTracesProtobuf } from '@tracewright/wire';
import { numberedSpans } from '../testing/numbered-spans.ts';
import { RunningServer } from '../testing/running-server.ts';
import { storedSpanIds } from '../testing/stored-rows.ts';

const ROUNDS = 10;
const SPANS_A_REQUEST = 50;
const SENDERS = 4;
/** Chosen once: a run can be repeated. */
const SEED = 20_260_901;

type Sending = {
  /** First numbers of requests that were acknowledged, and of those whose fate the sender never learnt. */
  readonly acknowledged: number[];
  readonly unknown: number[];
  stop(): Promise<void>;
};

function startSending(server: RunningServer): Sending {
  const acknowledged: number[] = [];
  const unknown: number[] = [];
  let next = 0;
  let stopping = false;
  const url = server.url('receivers.otlp.http', '/v1/traces');

  async function sender(): Promise<void> {
    while (!stopping) {
      const first = next;
      next += SPANS_A_REQUEST;
      try {
        const answer = await fetch(url, {
          method: 'POST',
          headers: { 'content-type': 'application/x-protobuf' },
          body: new Uint8Array(encodeTracesProtobuf(numberedSpans(first, SPANS_A_REQUEST))),
        });
        await answer.arrayBuffer();
        if (answer.status === 200) acknowledged.push(first);
        // A refusal says that nothing was accepted, but a worker may have been lost after it wrote.
        else unknown.push(first);
      } catch {
        unknown.push(first);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  const senders = Array.from({ length: SENDERS }, sender);
  return {
    acknowledged,
    unknown,
    stop: async () => {
      stopping = true;
      await Promise.all(senders);
    },
  };
}

test('acknowledged spans are stored exactly once, whatever is killed', { timeout: 240_000 }, async () => {
  const server = await RunningServer.start();
  try {
    const sending = startSending(server);
    let random = SEED;
    for (let round = 0; round < ROUNDS; round++) {
      random = (Math.imul(random, 1_103_515_245) + 12_345) & 0x7fffffff;
      const before = sending.acknowledged.length;
      await new Promise((resolve) => setTimeout(resolve, 150 + (random % 700)));
      await server.until('requests are acknowledged', async () => sending.acknowledged.length > before);
      const engines = server.childPids();
      assert.ok(engines.length > 0, 'the engine runs in a child');
      if (round % 3 !== 1) for (const pid of engines) process.kill(pid, 'SIGKILL');
      if (round % 3 === 0) continue;
      await server.kill();
      await server.restart();
    }
    await sending.stop();
    const report = await server.settled();
    for (const accounts of [report.accounts.spans, report.accounts.logs]) {
      assert.equal(accounts.received, accounts.accepted + accounts.rejected);
      assert.equal(
        accounts.accepted,
        accounts.stored + accounts.sampledOut + accounts.quarantined + accounts.inFlight,
      );
    }
    assert.equal(report.wal.quarantined.length, 0);
    assert.equal(await server.stop(), 0);

    const rows = await storedSpanIds(server.dataPath);
    const idOf = (number: number): string => (number + 1).toString(16).padStart(16, '0');
    const missing: number[] = [];
    const twice: number[] = [];
    for (const first of sending.acknowledged) {
      for (let number = first; number < first + SPANS_A_REQUEST; number++) {
        const count = rows.get(idOf(number)) ?? 0;
        if (count === 0) missing.push(number);
        if (count > 1) twice.push(number);
      }
    }
    for (const first of sending.unknown) {
      for (let number = first; number < first + SPANS_A_REQUEST; number++) {
        if ((rows.get(idOf(number)) ?? 0) > 1) twice.push(number);
      }
    }
    assert.deepEqual({ missing, twice }, { missing: [], twice: [] });
    assert.ok(sending.acknowledged.length > ROUNDS, 'there was load');
    const known = new Set([...sending.acknowledged, ...sending.unknown].flatMap((first) => numbersOf(first)));
    assert.ok(
      [...rows.keys()].every((id) => known.has(id)),
      'nothing was invented',
    );
  } finally {
    await server.dispose();
  }

  function numbersOf(first: number): string[] {
    return Array.from({ length: SPANS_A_REQUEST }, (_, at) =>
      (first + at + 1).toString(16).padStart(16, '0'),
    );
  }
});
