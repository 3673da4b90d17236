/**
 * Who may import whom: the map of the house as a table.
 *
 * A room may import exactly the rooms in its row (and itself). The rows form no cycle, which a test proves, so
 * packages cannot form one either. An arrow that is needed but wrong is no row here but a debt with a reason.
 */

/** Folder of each room, and the rooms that it may import. */
export const arrows: Readonly<Record<string, readonly string[]>> = {
  'packages/std': [],
  'packages/model': ['packages/std'],
  'packages/wire': ['packages/model', 'packages/std'],
  'packages/query': ['packages/model', 'packages/std'],
  'packages/analysis': ['packages/model', 'packages/std'],
  'packages/control': ['packages/model', 'packages/std'],
  'packages/access': ['packages/model', 'packages/std'],
  'packages/config': ['packages/std'],
  'packages/http': ['packages/std'],
  // Its worker threads decode.
  'packages/pipeline': ['packages/wire', 'packages/control', 'packages/model', 'packages/std'],
  'packages/storage': ['packages/query', 'packages/model', 'packages/std'],
  'packages/receivers': [
    'packages/wire',
    'packages/config',
    'packages/http',
    'packages/access',
    'packages/control',
    'packages/pipeline',
    'packages/model',
    'packages/std',
  ],
  // It answers in the protocols' own encodings, hence wire.
  'packages/api': [
    'packages/query',
    'packages/analysis',
    'packages/access',
    'packages/control',
    'packages/storage',
    'packages/wire',
    'packages/http',
    'packages/model',
    'packages/std',
  ],
  'apps/tracewright': [
    'packages/std',
    'packages/model',
    'packages/wire',
    'packages/query',
    'packages/analysis',
    'packages/control',
    'packages/access',
    'packages/config',
    'packages/http',
    'packages/pipeline',
    'packages/storage',
    'packages/receivers',
    'packages/api',
  ],
  'apps/web': ['packages/api', 'packages/analysis', 'packages/query', 'packages/model', 'packages/std'],
  // The shop is a customer: it knows the program by its ports only.
  'apps/demo': [],
  'sdk/node': [],
  'tools/run': [],
  'tools/tidy': [],
  // It runs the program's own tests for longer, by what these share; packages bring their fuzzers.
  'tools/soak': [
    'apps/tracewright',
    'packages/api',
    'packages/config',
    'packages/http',
    'packages/model',
    'packages/pipeline',
    'packages/query',
    'packages/storage',
    'packages/wire',
    'packages/std',
  ],
  // It fills stores as the program would, past the sockets.
  'tools/bench': ['packages/pipeline', 'packages/storage', 'packages/wire', 'packages/model', 'packages/std'],
  // It stands where a server would; its tests ask through it what the store asks of its own engine.
  'tools/front': ['apps/tracewright', 'packages/storage', 'packages/query', 'packages/model', 'packages/std'],
  'tools/sim': [
    'packages/wire',
    'packages/control',
    'packages/pipeline',
    'packages/storage',
    'packages/query',
    'packages/model',
    'packages/std',
  ],
};

/** Rooms that run anywhere: no `node:*`, and nothing from their surroundings but what is handed in. */
export const pureRooms: ReadonlySet<string> = new Set([
  'packages/std',
  'packages/model',
  'packages/wire',
  'packages/query',
  'packages/analysis',
]);

/** Rooms whose folders are siblings that never import each other, and the folders all of them may import. */
export const siblingRooms: Readonly<Record<string, readonly string[]>> = {
  'packages/wire': ['primitives'],
  'packages/receivers': [],
  'packages/api': [],
};
