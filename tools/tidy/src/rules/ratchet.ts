/**
 * Ways around the type checker and the linter are counted per workspace, and the counts may only fall.
 *
 * The counts stand in `tools/tidy/ratchet.json`. A count above is an error at each place; a count below asks to
 * write the lower one down (`npm run check -- --fix`), so that what was won stays won.
 */
import type { Finding } from '../finding.ts';
import { isSource, type Repository, workspaceOf } from '../repository.ts';

const rule = 'ratchet';

export const ratchetFile = 'tools/tidy/ratchet.json';

/** Counts by workspace, then by kind; what is absent is zero. */
export type Ratchet = Readonly<Record<string, Readonly<Record<string, number>>>>;

const ways: Readonly<Record<string, string>> = {
  any: 'give it its type, or unknown',
  'non-null': 'narrow it, or assert with a reason',
  '@ts-ignore': 'repair the types',
  'biome-ignore': 'repair what the linter found',
};

export function checkRatchet(repository: Repository): Finding[] {
  const allowed = readRatchet(repository);
  const findings: Finding[] = [];
  const places = placesOf(repository);
  for (const room of new Set([...Object.keys(allowed), ...places.keys()])) {
    for (const [kind, way] of Object.entries(ways)) {
      const found = places.get(room)?.[kind] ?? [];
      const limit = allowed[room]?.[kind] ?? 0;
      if (found.length > limit) {
        for (const { file, line } of found) {
          const message = `${kind} (${found.length} in ${room}, at most ${limit}): ${way}`;
          findings.push({ rule, file, line, message });
        }
      } else if (found.length < limit) {
        const message = `${kind} in ${room} fell from ${limit} to ${found.length}: run npm run check -- --fix`;
        findings.push({ rule, file: ratchetFile, message });
      }
    }
  }
  return findings;
}

/** The ratchet with each count lowered to what is there now; no count rises. */
export function lowerRatchet(repository: Repository): Ratchet {
  const places = placesOf(repository);
  const lowered: Record<string, Record<string, number>> = {};
  for (const [room, counts] of Object.entries(readRatchet(repository))) {
    for (const [kind, limit] of Object.entries(counts)) {
      const count = Math.min(limit, places.get(room)?.[kind]?.length ?? 0);
      if (count > 0) lowered[room] = { ...lowered[room], [kind]: count };
    }
  }
  return lowered;
}

function readRatchet(repository: Repository): Ratchet {
  return repository.has(ratchetFile) ? (JSON.parse(repository.read(ratchetFile)) as Ratchet) : {};
}

function placesOf(repository: Repository): Map<string, Record<string, { file: string; line: number }[]>> {
  const rooms = new Map<string, Record<string, { file: string; line: number }[]>>();
  for (const file of repository.files) {
    const room = workspaceOf(file);
    if (room === undefined || !isSource(file)) continue;
    for (const { name, line } of repository.module(file).escapes) {
      const kinds = rooms.get(room) ?? {};
      rooms.set(room, kinds);
      kinds[name] = [...(kinds[name] ?? []), { file, line }];
    }
  }
  return rooms;
}
