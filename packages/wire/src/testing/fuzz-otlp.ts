/**
 * Fuzz targets of the OTLP decoders. What always holds: nothing throws; a refused request leaves the batch as it was,
 * byte by byte; an accepted one leaves whole rows that read back, as many as were accepted; and what is right with a
 * message is decoded to what it says, by either encoding.
 */
import assert from 'node:assert/strict';
import { KeyTable, RecordBatch, SEGMENT_TABLES } from '@tracewright/model';
import {
  type FuzzOutcome,
  type FuzzTarget,
  joinBytes,
  mutateBytes,
  mutateText,
  Random,
} from '@tracewright/std/testing';
import { decodeOtlpLogsJson, decodeOtlpTracesJson } from '../otlp/decode-json.ts';
import { decodeOtlpLogs } from '../otlp/decode-logs.ts';
import { decodeOtlpTraces } from '../otlp/decode-traces.ts';
import { decodeAnyValue, decodeResource, decodeScope } from '../otlp/decode-value.ts';
import { encodeLogsJson, encodeTracesJson } from '../otlp/encode-json.ts';
import { encodeLogsProtobuf, encodeTracesProtobuf } from '../otlp/encode-protobuf.ts';
import { jsonToOtlpProtobuf } from '../otlp/json-to-protobuf.ts';
import { expectedRecords } from './expected-records.ts';
import {
  ANY_VALUE,
  type GrammarField,
  type GrammarMessage,
  KEY_VALUE,
  LOGS_REQUEST,
  TRACES_REQUEST,
} from './otlp-grammar.ts';
import { makeTree, type Node, type Tree } from './otlp-tree.ts';
import { plainLog, plainSpan } from './plain-record.ts';
import { printJson } from './print-json.ts';
import { printProtobuf } from './print-protobuf.ts';
import { readLogs, readSpans } from './read-batch.ts';
import { testContext } from './test-context.ts';

const encoder = new TextEncoder();

const SIGNALS = {
  traces: {
    message: TRACES_REQUEST,
    protobuf: decodeOtlpTraces,
    json: decodeOtlpTracesJson,
    read: (batch: RecordBatch) => readSpans(batch).map(plainSpan),
    print: (batch: RecordBatch) => encodeTracesProtobuf(readSpans(batch)),
    printJson: (batch: RecordBatch) => encodeTracesJson(readSpans(batch)),
  },
  logs: {
    message: LOGS_REQUEST,
    protobuf: decodeOtlpLogs,
    json: decodeOtlpLogsJson,
    read: (batch: RecordBatch) => readLogs(batch).map(plainLog),
    print: (batch: RecordBatch) => encodeLogsProtobuf(readLogs(batch)),
    printJson: (batch: RecordBatch) => encodeLogsJson(readLogs(batch)),
  },
} as const;
type Signal = keyof typeof SIGNALS;
type Encoding = 'protobuf' | 'json';

const CODES: ReadonlySet<string> = new Set(['invalid', 'too-large']);
const WORDS = ['{', '}', '[', ']', ',', ':', '"', '\\', 'null', '1e999', '"\\u', '{"resourceSpans":[', '0'];

/** A batch that holds something already, as in the middle of a group commit, and can tell whether it still does. */
class OpenBatch {
  readonly #signal: Signal;
  readonly #keyTable = new KeyTable();
  readonly batch: RecordBatch = new RecordBatch(this.#keyTable);
  #before: Uint8Array = new Uint8Array(0);
  #known = 0;
  #rows = 0;

  constructor(signal: Signal) {
    this.#signal = signal;
    this.#fill();
  }

  #fill(): void {
    this.batch.reset();
    this.batch.known.clear();
    assert.ok(SIGNALS[this.#signal].protobuf(FIRST[this.#signal], this.batch, testContext()).ok);
    this.#before = contentsOf(this.batch);
    this.#known = this.batch.known.size;
    this.#rows = this.batch.rows(TABLES[this.#signal]);
  }

  try(input: Uint8Array, encoding: Encoding): FuzzOutcome {
    try {
      return this.#try(input, encoding);
    } catch (error) {
      // The next trial must not suffer from this one.
      this.#fill();
      throw error;
    }
  }

  #try(input: Uint8Array, encoding: Encoding): FuzzOutcome {
    const { read } = SIGNALS[this.#signal];
    const decoded = SIGNALS[this.#signal][encoding](input, this.batch, testContext('fuzz'));
    if (!decoded.ok) {
      assert.ok(CODES.has(decoded.failure.code), decoded.failure.message);
      assert.match(decoded.failure.message, /^Cannot (?:decode|accept) OTLP/);
      assert.equal(this.batch.known.size, this.#known);
      assert.ok(
        Buffer.compare(contentsOf(this.batch), this.#before) === 0,
        'a refused request left something in the batch',
      );
      return 'refused';
    }
    const { accepted, rejected, rejections } = decoded.value;
    assert.equal(this.batch.rows(TABLES[this.#signal]), this.#rows + accepted);
    assert.ok(rejected >= rejections.length && (rejected === 0) === (rejections.length === 0));
    assert.equal(read(this.batch).length, this.#rows + accepted);
    this.#fill();
    return accepted > 0 || rejected > 0 ? 'taken' : 'refused';
  }
}

const TABLES = { traces: 'spans', logs: 'logs' } as const;

function contentsOf(batch: RecordBatch): Uint8Array {
  return joinBytes(...SEGMENT_TABLES.flatMap((table) => batch.block(table, 7n)));
}

const ID = Uint8Array.from({ length: 16 }, (_, at) => at + 1);

/** A request with one record, which the batch holds before every trial. */
function firstRequest(signal: Signal): Tree {
  const descend = (
    message: GrammarMessage,
    name: string,
  ): GrammarField & { readonly kind: GrammarMessage } => {
    const field = message.fields.find((each) => each.name === name);
    assert.ok(field !== undefined && typeof field.kind !== 'string');
    return { ...field, kind: field.kind };
  };
  const resources = descend(SIGNALS[signal].message, signal === 'traces' ? 'resourceSpans' : 'resourceLogs');
  const scopes = descend(resources.kind, signal === 'traces' ? 'scopeSpans' : 'scopeLogs');
  const records = descend(scopes.kind, signal === 'traces' ? 'spans' : 'logRecords');
  const ids = records.kind.fields
    .filter(({ kind, name }) => kind === 'traceId' || name === 'spanId')
    .map((field) => ({ field, value: ID.slice(0, field.kind === 'traceId' ? 16 : 8) }));
  return [{ field: resources, value: [{ field: scopes, value: [{ field: records, value: ids }] }] }];
}

const FIRST = {
  traces: printProtobuf(firstRequest('traces')),
  logs: printProtobuf(firstRequest('logs')),
};

function mutated(signal: Signal, encoding: Encoding): FuzzTarget {
  const open = new OpenBatch(signal);
  return {
    name: `otlp-${signal}-${encoding}`,
    make: (random) => {
      const tree = makeTree(SIGNALS[signal].message, random);
      const faults = random.pick([0, 0.002, 0.01, 0.05]);
      if (encoding === 'protobuf') {
        const bytes = printProtobuf(tree, faults, random);
        return random.chance(0.2) ? mutateBytes(bytes, random) : bytes;
      }
      const text = printJson(tree, random, faults / 2);
      if (random.chance(0.1)) return mutateBytes(encoder.encode(text), random);
      return encoder.encode(random.chance(0.2) ? mutateText(text, random, WORDS) : text);
    },
    check: (input) => open.try(input, encoding),
  };
}

/**
 * The laws of a message that is right: both encodings decode to what it says, and go round. The input is a seed of the
 * message and not its bytes, so that what it says is known without decoding it.
 */
function meaning(signal: Signal): FuzzTarget {
  const { message, protobuf, json, read, print, printJson: printedJson } = SIGNALS[signal];
  return {
    name: `otlp-${signal}-meaning`,
    make: (random) => random.bytes(8),
    check: (input) => {
      const random = randomOf(input);
      const tree = makeTree(message, random);
      const expected = expectedRecords(tree, signal);
      const batch = new RecordBatch();
      const decoded = protobuf(printProtobuf(shuffled(tree, random)), batch, testContext());
      assert.ok(decoded.ok, decoded.ok ? '' : decoded.failure.message);
      assert.equal(decoded.value.accepted, expected.accepted.length);
      assert.equal(decoded.value.rejected, expected.rejected);
      assert.deepEqual(sorted(read(batch)), sorted(expected.accepted));
      const text = encoder.encode(printJson(tree, random));
      const fromJson = new RecordBatch();
      const again = json(text, fromJson, testContext());
      assert.ok(again.ok, again.ok ? '' : again.failure.message);
      assert.deepEqual(again.value.accepted, decoded.value.accepted);
      assert.deepEqual(sorted(read(fromJson)), sorted(expected.accepted));
      assert.ok(jsonToOtlpProtobuf(signal, text).ok);
      for (const round of [print(batch), encoder.encode(printedJson(batch))]) {
        const back = new RecordBatch();
        const decode = round[0] === 0x7b ? json : protobuf;
        assert.ok(decode(round, back, testContext()).ok);
        assert.deepEqual(sorted(read(back)), sorted(expected.accepted));
      }
      return expected.rejected === 0 && expected.accepted.length > 0 ? 'taken' : 'refused';
    },
  };
}

/** Fields in another order; those of one name keep theirs, since it is part of what the message says. */
function shuffled(tree: Tree, random: Random): Tree {
  const groups = new Map<string, Node[]>();
  for (const node of tree) {
    const inner = Array.isArray(node.value) ? { ...node, value: shuffled(node.value as Tree, random) } : node;
    groups.set(node.field.name, [...(groups.get(node.field.name) ?? []), inner]);
  }
  const left = [...groups.values()];
  const nodes: Node[] = [];
  while (left.length > 0) {
    const at = random.below(left.length);
    const next = left[at]?.shift();
    if (next === undefined) left.splice(at, 1);
    else nodes.push(next);
  }
  return nodes;
}

/** JSON groups what protobuf may scatter, so the order of records is not compared. */
function sorted(records: readonly unknown[]): string[] {
  return records.map((record) => JSON.stringify(record, order)).sort();
}

/** Objects with their members in one order. */
function order(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)));
}

function randomOf(input: Uint8Array): Random {
  return new Random(
    input.reduce((seed, byte) => (Math.imul(seed, 31) + byte) | 0, 7),
    'meaning',
    input.length,
  );
}

/** Stored values read as something, whatever their bytes are. */
const storedValues: FuzzTarget = {
  name: 'otlp-stored-values',
  make: (random) => {
    const tree = makeTree(random.pick([ANY_VALUE, KEY_VALUE]), random);
    const bytes = printProtobuf(tree, random.pick([0, 0.05, 0.3]), random);
    return random.chance(0.3) ? mutateBytes(bytes, random) : bytes;
  },
  check: (input) => {
    assert.equal(typeof decodeAnyValue(input).type, 'string');
    const resource = decodeResource(input, 'url');
    const scope = decodeScope(input, 'url');
    assert.ok(Array.isArray(resource.attributes) && Array.isArray(scope.attributes));
    return decodeAnyValue(input).type === 'empty' ? 'refused' : 'taken';
  },
};

export const otlpFuzzTargets: readonly FuzzTarget[] = [
  mutated('traces', 'protobuf'),
  mutated('traces', 'json'),
  mutated('logs', 'protobuf'),
  mutated('logs', 'json'),
  meaning('traces'),
  meaning('logs'),
  storedValues,
];
