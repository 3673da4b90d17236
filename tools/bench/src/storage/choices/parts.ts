// What it costs that parts are not merged yet, or that many merges are allowed: merging as the engine likes is in use.

import { type Choice, IN_USE, withSettings } from '../variants.ts';

export const partsChoice: Choice = {
  name: 'parts',
  summary: 'merged and unmerged parts',
  spans: 2_000_000,
  variants: [
    IN_USE,
    { ...IN_USE, name: 'unmerged', what: 'merges stopped: each segment a part', unmerged: true },
    withSettings('merge-at-most-20', 'at most 20 parts in one merge', { max_parts_to_merge_at_once: '20' }),
    withSettings('merge-base-10', 'merges only of ten parts or more of a size (merge_selector_base)', {
      merge_selector_base: '10',
    }),
  ],
};
