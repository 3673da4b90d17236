// The table of spans as the program makes it, and the configuration its engine runs with: asked of the program's own
// migrations, never written down a second time.

import { join } from 'node:path';
import { createEmbeddedEngine, migrate } from '@tracewright/storage';
import { BenchFailure } from '../harness/bench-failure.ts';
import { MeasuredEngine } from './measured-engine.ts';
import { parseTableDefinition, type TableDefinition } from './table-definition.ts';

export type TableInUse = { readonly table: TableDefinition; readonly configPath: string };

/** Makes the program's store in `folder` and reads the table; the configuration stays there. */
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
  const { text } = await measured.run('SHOW CREATE TABLE tracewright.spans');
  const table = parseTableDefinition(text);
  if (table === undefined)
    throw new BenchFailure(`Cannot read the definition of the table of spans: ${text}`);
  return { table, configPath };
}

/** The configuration file that the program writes into its engine's folder. */
export function engineConfig(engineFolder: string): string {
  return join(engineFolder, 'engine.xml');
}
