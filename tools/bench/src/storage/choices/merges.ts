// How parts are merged: many small ones at once, all columns together, without statistics, small parts packed by LZ4.

import { type Choice, IN_USE, withSettings } from '../variants.ts';

export const mergesChoice: Choice = {
  name: 'merges',
  summary: 'how many parts a merge takes, and how it goes over them',
  spans: 6_000_000,
  variants: [
    IN_USE,
    withSettings('any-number', "as the engine's own heuristic likes it", { min_parts_to_merge_at_once: '0' }),
    withSettings('ten', 'ten parts at least', { min_parts_to_merge_at_once: '10' }),
    withSettings('thirty-two', 'thirty-two parts at least', { min_parts_to_merge_at_once: '32' }),
    withSettings('by-column', 'one column after the other, whatever the size', {
      vertical_merge_algorithm_min_rows_to_activate: '131072',
    }),
    withSettings('never-by-column', 'all columns at once, whatever the size', {
      enable_vertical_merge_algorithm: '0',
    }),
    withSettings('statistics', "with the engine's statistics of each column", {
      auto_statistics_types: "'basic, uniq_v2'",
    }),
    {
      ...IN_USE,
      name: 'zstd-at-once',
      what: 'ZSTD also for parts that are about to be merged',
      table: (table) => ({
        ...table,
        columns: new Map(
          [...table.columns].map(([column, rest]) => [column, rest.replace('Default', 'ZSTD(1)')]),
        ),
      }),
    },
  ],
};
