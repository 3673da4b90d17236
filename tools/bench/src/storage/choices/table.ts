// All choices of storage. A new one is a file beside this and a line here.

import type { Choice } from '../variants.ts';
import { codecsChoice } from './codecs.ts';
import { filesChoice } from './files.ts';
import { filtersChoice } from './filters.ts';
import { granularityChoice } from './granularity.ts';
import { insertChoice } from './insert.ts';
import { layoutChoice } from './layout.ts';
import { mergesChoice } from './merges.ts';
import { partsChoice } from './parts.ts';
import { readingChoice } from './reading.ts';
import { resourcesChoice } from './resources.ts';
import { segmentsChoice } from './segments.ts';
import { sortKeyChoice } from './sort-key.ts';
import { traceLookupChoice } from './trace-lookup.ts';

export const CHOICES: readonly Choice[] = [
  layoutChoice,
  filtersChoice,
  granularityChoice,
  sortKeyChoice,
  traceLookupChoice,
  resourcesChoice,
  codecsChoice,
  segmentsChoice,
  filesChoice,
  insertChoice,
  mergesChoice,
  partsChoice,
  readingChoice,
];
