// The tables as the program makes them, and the configuration its engine runs with: asked of the program's own
// migrations, never written down a second time.

import { join } from 'node:path';
import { createEmbeddedEngine, migrate } from '@tracewright/storage';
import { BenchFailure } from '../harness/bench-failure.ts';
import { MeasuredEngine } from './measured-engine.ts';
import { parseTableDefinition, type TableDefinition } from './table-definition.ts';

export type TableInUse = {
  readonly table: TableDefinition;
  /** In which segments a trace has spans. */
  readonly traceSegments: TableDefinition;
  readonly configPath: string;
};

/** Makes the program's store in `folder` and reads its tables; the configuration stays there. */
export async function tableInUse(folder: string): Promise<TableInUse> {
  const engine = createEmbeddedEngine({ path: folder });
  try {
    const started = await engine.start();
    const migrated = started.ok ? await migrate(engine) : started;
    if (!migrated.ok) throw new BenchFailure(migrated.failure.message);
  } finally {
    await engine[Symbol.asyncDispose]();
  }
  const configPath = engineConfig(folder);
  await using measured = new MeasuredEngine(folder, configPath);
  const [table, traceSegments] = [
    await definitionOf(measured, 'tracewright.spans'),
    await definitionOf(measured, 'tracewright.trace_segments'),
  ];
  return { table, traceSegments, configPath };
}

async function definitionOf(engine: MeasuredEngine, name: string): Promise<TableDefinition> {
  const { text } = await engine.run(`SHOW CREATE TABLE ${name}`);
  const table = parseTableDefinition(text);
  if (table === undefined) throw new BenchFailure(`Cannot read the definition of ${name}: ${text}`);
  return table;
}

/** The configuration file that the program writes into its engine's folder. */
export function engineConfig(engineFolder: string): string {
  return join(engineFolder, 'engine.xml');
}
