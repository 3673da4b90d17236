// How many rows a segment holds. At a steady rate that is how long it stays open: at 60,000 spans a second 5,000 rows
// are 83 ms and 200,000 rows 3.3 s.

import { type Choice, IN_USE, type Variant } from '../variants.ts';

function rows(count: number): Variant {
  return {
    ...IN_USE,
    name: `${count / 1_000}k`,
    what: `${count.toLocaleString('en-US')} rows a segment (${Math.round(count / 60)} ms at 60,000 spans/s)`,
    segmentRows: count,
  };
}

export const segmentsChoice: Choice = {
  name: 'segments',
  summary: 'how many rows a segment holds, and so how long it stays open',
  spans: 1_000_000,
  variants: [5_000, 10_000, 20_000, 40_000, 75_000, 200_000].map(rows),
};
