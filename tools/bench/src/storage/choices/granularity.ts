// How many rows a granule of the table has, and how small its compressed blocks are: 4,096 rows in blocks of their own
// are in use.

import { type Choice, IN_USE, withSettings } from '../variants.ts';

function granules(rows: number): ReturnType<typeof withSettings> {
  return withSettings(`${rows}`, `${rows.toLocaleString('en-US')} rows a granule`, {
    index_granularity: `${rows}`,
  });
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
    withSettings('blocks-64k', "the engine's own least size of a compressed block, several granules", {
      min_compress_block_size: '65536',
    }),
  ],
};
