/**
 * The routes of the operator's commands: POST /snapshots and what becomes of one, POST /check and one part of it.
 *
 * They cost disk and time, so that they are answered to this machine only, unless the API asks for a token. Nothing
 * is written but below the server's own data folder.
 */
import { isLoopback } from '@tracewright/http';
import { err, failure, ok, type Result } from '@tracewright/std';
import { type ApiAnswer, type ApiRequest, jsonAnswer } from '../exchange.ts';
import type { RouteFailure } from '../failures.ts';
import type { Maintenance, PartVerdictJson, SnapshotJson, StoreOverviewJson } from '../maintenance.ts';
import { defineRoute, type Route } from '../route.ts';
import type { Schema } from '../schema.ts';
import { NATIVE_ADDRESSES } from './addresses.ts';
import type { NativeContext } from './context.ts';

type Nothing = Readonly<Record<never, never>>;
type SnapshotInput = { readonly snapshot: string };
type SnapshotDone = { readonly snapshot: string };
type PartInput = { readonly table: string; readonly part: string };

export type TakeSnapshotRoute = Route<Nothing, SnapshotJson, NativeContext>;
export type KeepSnapshotRoute = Route<SnapshotInput, SnapshotDone, NativeContext>;
export type ReleaseSnapshotRoute = Route<SnapshotInput, SnapshotDone, NativeContext>;
export type InspectStoreRoute = Route<Nothing, StoreOverviewJson, NativeContext>;
export type CheckPartRoute = Route<PartInput, PartVerdictJson, NativeContext>;

const TEXT = { type: 'string' } as const;
const COUNT = { type: 'integer', minimum: 0 } as const;

const SNAPSHOT: Schema<SnapshotJson> = {
  type: 'object',
  properties: {
    snapshot: TEXT,
    path: { type: 'string', description: 'A folder on the machine of the server.' },
    schemaVersion: COUNT,
    takenAt: { type: 'string', format: 'date-time' },
    keptMs: COUNT,
  },
  required: ['snapshot', 'path', 'schemaVersion', 'takenAt', 'keptMs'],
};
const SNAPSHOT_DONE: Schema<SnapshotDone> = {
  type: 'object',
  properties: { snapshot: TEXT },
  required: ['snapshot'],
};
const OVERVIEW: Schema<StoreOverviewJson> = {
  type: 'object',
  properties: {
    schemaVersion: COUNT,
    parts: {
      type: 'array',
      items: {
        type: 'object',
        properties: { table: TEXT, part: TEXT, rows: COUNT, bytes: COUNT },
        required: ['table', 'part', 'rows', 'bytes'],
      },
    },
    setAside: {
      type: 'array',
      items: {
        type: 'object',
        properties: { table: TEXT, part: TEXT, reason: TEXT, bytes: COUNT },
        required: ['table', 'part', 'reason', 'bytes'],
      },
    },
    doubledRows: COUNT,
    newestSegment: TEXT,
  },
  required: ['schemaVersion', 'parts', 'setAside', 'newestSegment'],
};
const VERDICT: Schema<PartVerdictJson> = {
  type: 'object',
  properties: { whole: { type: 'boolean' }, reason: TEXT },
  required: ['whole', 'reason'],
};

/** Who may ask; `undefined` where nobody may. */
function forOperators(request: ApiRequest, context: NativeContext): Result<Maintenance, RouteFailure> {
  const { maintenance, asksForToken } = context;
  if (maintenance === undefined) return err(failure('unsupported', 'This server has nothing to maintain'));
  const isForwarded =
    request.header('forwarded') !== undefined || request.header('x-forwarded-for') !== undefined;
  if (
    asksForToken ||
    (request.remote !== undefined && isLoopback(request.remote.replace(/^::ffff:/, '')) && !isForwarded)
  )
    return ok(maintenance);
  return err(
    failure(
      'forbidden',
      'Backups and checks are for this machine only while no token is asked for: set auth.token, or run the command where the server runs',
    ),
  );
}

async function answer<T>(
  request: ApiRequest,
  context: NativeContext,
  act: (maintenance: Maintenance) => Promise<Result<T>>,
): Promise<Result<ApiAnswer, RouteFailure>> {
  const allowed = forOperators(request, context);
  if (!allowed.ok) return allowed;
  const done = await act(allowed.value);
  return done.ok ? ok(jsonAnswer(done.value)) : done;
}

const unknown = (snapshot: string): Result<never> =>
  err(failure('not-found', `There is no snapshot ${snapshot}: it was released, or kept too long`));

export const takeSnapshot: TakeSnapshotRoute = defineRoute<Nothing, SnapshotJson, NativeContext>({
  id: 'takeSnapshot',
  address: NATIVE_ADDRESSES.takeSnapshot,
  summary: 'Hold a picture of all that was acknowledged',
  description: 'What `tracewright backup` copies. It takes no space at first, and lies in the data folder.',
  parameters: {},
  answer: { summary: 'Where it lies', json: SNAPSHOT },
  failures: ['forbidden', 'overloaded', 'unavailable', 'unsupported'],
  handle: ({ request }, context) => answer(request, context, (maintenance) => maintenance.takeSnapshot()),
});

export const keepSnapshot: KeepSnapshotRoute = defineRoute<SnapshotInput, SnapshotDone, NativeContext>({
  id: 'keepSnapshot',
  address: NATIVE_ADDRESSES.keepSnapshot,
  summary: 'Go on holding a snapshot',
  parameters: { snapshot: { type: 'text', required: true, summary: 'Its name' } },
  answer: { summary: 'It is held', json: SNAPSHOT_DONE },
  failures: ['forbidden', 'not-found', 'unsupported'],
  handle: ({ input: { snapshot }, request }, context) =>
    answer(request, context, async (maintenance) =>
      maintenance.keepSnapshot(snapshot) ? ok({ snapshot }) : unknown(snapshot),
    ),
});

export const releaseSnapshot: ReleaseSnapshotRoute = defineRoute<SnapshotInput, SnapshotDone, NativeContext>({
  id: 'releaseSnapshot',
  address: NATIVE_ADDRESSES.releaseSnapshot,
  summary: 'Let go of a snapshot',
  parameters: { snapshot: { type: 'text', required: true, summary: 'Its name' } },
  answer: { summary: 'It is gone', json: SNAPSHOT_DONE },
  failures: ['forbidden', 'not-found', 'unsupported'],
  handle: ({ input: { snapshot }, request }, context) =>
    answer(request, context, async (maintenance) =>
      (await maintenance.releaseSnapshot(snapshot)) ? ok({ snapshot }) : unknown(snapshot),
    ),
});

export const inspectStore: InspectStoreRoute = defineRoute<Nothing, StoreOverviewJson, NativeContext>({
  id: 'inspectStore',
  address: NATIVE_ADDRESSES.inspectStore,
  summary: 'What the store holds, and what is missing or doubled',
  parameters: {},
  answer: { summary: 'The parts, to be checked one by one', json: OVERVIEW },
  failures: ['forbidden', 'unavailable', 'deadline', 'unsupported'],
  handle: ({ request }, context) => answer(request, context, (maintenance) => maintenance.inspectStore()),
});

export const checkPart: CheckPartRoute = defineRoute<PartInput, PartVerdictJson, NativeContext>({
  id: 'checkPart',
  address: NATIVE_ADDRESSES.checkPart,
  summary: 'Read a part and compare it with its checksums',
  parameters: {
    table: { type: 'text', required: true, summary: 'The table' },
    part: { type: 'text', required: true, summary: 'The part, as the overview names it' },
  },
  answer: { summary: 'Whether it is whole', json: VERDICT },
  failures: ['forbidden', 'unavailable', 'deadline', 'unsupported'],
  handle: ({ input: { table, part }, request }, context) =>
    answer(request, context, (maintenance) => maintenance.checkPart(table, part, request.signal)),
});
