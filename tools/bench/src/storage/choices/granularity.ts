// How many rows a granule of the table has, and how small its compressed blocks are: 4,096 rows in blocks of their own
// are in use.

import { type Choice, IN_USE, type Variant, withSettings } from '../variants.ts';

function granules(rows: number): Variant {
  return withSettings(`${rows}`, `${rows.toLocaleString('en-US')} rows a granule`, {
    index_granularity: `${rows}`,
  });
}

function byMerges(variant: Variant): Variant {
  return {
    ...variant,
    name: `${variant.name}-by-merges`,
    what: `${variant.what}, filters left to merges`,
    filtersByMerges: true,
  };
}

export const granularityChoice: Choice = {
  name: 'granularity',
  summary: 'rows of a granule, and the size of compressed blocks',
  spans: 2_000_000,
  variants: [
    IN_USE,
    granules(1_024),
    granules(2_048),
    granules(8_192),
    byMerges(IN_USE),
    byMerges(granules(2_048)),
    byMerges(granules(8_192)),
    withSettings('blocks-64k', "the engine's own least size of a compressed block, several granules", {
      min_compress_block_size: '65536',
    }),
  ],
};
