// Compares the table in use with the ones it was chosen over, on the engine alone, one choice at a time.

import { join } from 'node:path';
import { BenchFailure } from '../harness/bench-failure.ts';
import { makeFolder, removeFolder } from '../harness/program.ts';
import type { Figure } from '../report/figure.ts';
import { CHOICES } from '../storage/choices/table.ts';
import { measureVariant } from '../storage/measure-variant.ts';
import { type SegmentFiles, writeSegmentFiles } from '../storage/segment-files.ts';
import { SQL_QUESTIONS_IN_WORDS } from '../storage/sql-questions.ts';
import { tableInUse } from '../storage/table-in-use.ts';
import type { Choice } from '../storage/variants.ts';
import type { Scenario, ScenarioContext, ScenarioResult } from './scenario.ts';

const QUICK_SPANS = 300_000;

export const STORAGE_SCENARIOS: readonly Scenario[] = CHOICES.map((choice) => ({
  name: `storage:${choice.name}`,
  summary: `${choice.summary}; engine alone (--variant to choose)`,
  byDefault: false,
  run: (context) => storage(choice, context),
}));

async function storage(choice: Choice, context: ScenarioContext): Promise<ScenarioResult> {
  const unknown = context.variants.find((name) => !choice.variants.some((variant) => variant.name === name));
  if (unknown !== undefined) {
    throw new BenchFailure(
      `${choice.name} has no variant ${unknown}; there are ${choice.variants.map(({ name }) => name).join(', ')}`,
    );
  }
  const chosen = choice.variants.filter(
    ({ name }) => context.variants.length === 0 || context.variants.includes(name),
  );
  const recipe = context.recipe({
    spans: context.quick ? QUICK_SPANS : (context.spans ?? choice.spans),
    // Back to back, into one partition, as a day's are.
    rangeMs: 0,
  });
  const folder = makeFolder('storage');
  try {
    const inUse = await tableInUse(join(folder, 'program'));
    const figures: Figure[] = [];
    let files: (SegmentFiles & { readonly folder: string; readonly segmentRows: number }) | undefined;
    let rows = 0;
    for (const variant of chosen) {
      const segmentRows = variant.segmentRows ?? recipe.segmentRows;
      if (files?.segmentRows !== segmentRows) {
        if (files !== undefined) await removeFolder(files.folder);
        context.say(
          `  writing ${recipe.spans.toLocaleString('en-US')} spans in segments of ${segmentRows} rows`,
        );
        const filesFolder = join(folder, `segments-${segmentRows}`);
        const written = await writeSegmentFiles(filesFolder, { ...recipe, segmentRows }, context.signal);
        files = { ...written, folder: filesFolder, segmentRows };
        rows = files.rows;
      }
      context.say(`  ${variant.name}: ${variant.what}`);
      const engineFolder = join(folder, `variant-${variant.name}`);
      figures.push(
        ...(await measureVariant(variant, {
          choice: choice.name,
          inUse,
          files,
          folder: engineFolder,
          signal: context.signal,
        })),
      );
      await removeFolder(engineFolder);
    }
    return {
      conditions: [
        `${rows.toLocaleString('en-US')} spans in segments of ${recipe.segmentRows.toLocaleString('en-US')} rows unless a variant says ` +
          'otherwise, inserted back to back, engine alone, without the views; ' +
          `${context.scatter === 0 ? 'traces whole in a batch' : `a span of a trace every ${context.scatter} batches`}`,
        `warm, p50 of 12 random values; ${SQL_QUESTIONS_IN_WORDS}`,
        ...chosen.map(({ name, what }) => `${name}: ${what}`),
      ],
      figures,
      layout: 'matrix',
    };
  } finally {
    await removeFolder(folder);
  }
}
