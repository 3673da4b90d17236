/** Writes docs/reference/api.md anew: `npm run reference -w packages/api`. */
import { writeFileSync } from 'node:fs';
import { printReference } from './reference-page.ts';

writeFileSync(new URL('../../../docs/reference/api.md', import.meta.url), printReference());
