/** Findings: what a check has to say, each with what to do about it. */
import type { CheckedSegments } from '@tracewright/pipeline';
import { SCHEMA_VERSION } from '@tracewright/storage';

export type Finding = {
  /** `error`: data is damaged, missing or doubled. `note`: nothing is lost. */
  readonly level: 'error' | 'note';
  /** Segment, part or file. */
  readonly where: string;
  readonly what: string;
  readonly todo: string;
};

const RESTORE = 'Restore it from a backup if its rows are needed';

export function segmentFindings(checked: CheckedSegments, isRunning: boolean): readonly Finding[] {
  const found: Finding[] = [];
  for (const { id, problem, torn } of checked.segments) {
    const where = `wal/${String(id).padStart(20, '0')}`;
    if (problem !== undefined) {
      found.push({
        level: 'error',
        where,
        what: `The segment is damaged: ${problem}`,
        todo: 'The next start sets it aside and saves the groups that are whole. Look at the disk',
      });
    } else if (torn && !isRunning) {
      found.push({
        level: 'note',
        where,
        what: 'A write was cut off; nothing of it was acknowledged',
        todo: 'Nothing: the next start cuts it off',
      });
    }
  }
  for (const name of checked.foreign) {
    found.push({
      level: 'note',
      where: `wal/${name}`,
      what: 'Something lies there that is no segment',
      todo: 'Nothing reads it; remove it if you know that it is of no use',
    });
  }
  return found;
}

/** `text` is what the file holds, undefined where there is none. */
export function floorFindings(text: string | undefined, newestSegment: bigint): readonly Finding[] {
  const where = 'segment-floor';
  if (text === undefined) {
    if (newestSegment === 0n) return [];
    return [
      {
        level: 'note',
        where,
        what: 'The floor of ids is missing',
        todo: 'Nothing, while the clock is right: the next stored segment writes it',
      },
    ];
  }
  if (!/^\d+\s*$/.test(text)) {
    return [
      {
        level: 'note',
        where,
        what: 'The floor of ids is damaged',
        todo: 'Nothing, while the clock is right: the next stored segment writes it anew',
      },
    ];
  }
  if (BigInt(text.trim()) >= newestSegment) return [];
  return [
    {
      level: 'error',
      where,
      what: `The floor of ids, ${text.trim()}, is below the newest stored segment, ${newestSegment}`,
      todo: 'Remove the file and see that the clock is right: ids go on from the clock then',
    },
  ];
}

export function quarantineFindings(
  entries: readonly { readonly name: string; readonly reason: string }[],
): readonly Finding[] {
  return entries.map(({ name, reason }) => ({
    level: 'error',
    where: `quarantine/${name}`,
    what: `A segment was set aside: ${reason}`,
    todo: name.endsWith('.damaged')
      ? 'It holds what could not be saved; remove the folder when it is of no use to you'
      : 'Have it tried again: POST /api/tracewright/v1/quarantine/ID/retry',
  }));
}

export function storeFindings(overview: {
  readonly schemaVersion: number;
  readonly setAside: readonly { readonly table: string; readonly part: string; readonly reason: string }[];
  readonly doubledRows?: number;
}): readonly Finding[] {
  const found: Finding[] = [];
  const { schemaVersion, doubledRows = 0 } = overview;
  if (schemaVersion > SCHEMA_VERSION) {
    found.push({
      level: 'error',
      where: 'engine',
      what: `The tables are of version ${schemaVersion}, and this program knows versions up to ${SCHEMA_VERSION}`,
      todo: 'Use the newer program that wrote them',
    });
  } else if (schemaVersion < SCHEMA_VERSION) {
    found.push({
      level: 'note',
      where: 'engine',
      what: `The tables are of version ${schemaVersion}; this program writes version ${SCHEMA_VERSION}`,
      todo: 'Nothing: the next start brings them up to date. Make a backup before it',
    });
  }
  for (const { table, part, reason } of overview.setAside) {
    found.push({
      level: 'error',
      where: `${table}/${part}`,
      what: `The part was set aside (${reason}): what it held is missing from answers`,
      todo: `${RESTORE}; else remove its folder below detached`,
    });
  }
  if (doubledRows > 0) {
    found.push({
      level: 'error',
      where: 'spans',
      what: `${doubledRows} rows stand there more than once, from one and the same segment`,
      todo: 'Answers leave repetitions out; please report it with the log of the server',
    });
  }
  return found;
}

export function partFinding(table: string, part: string, reason: string, isRunning: boolean): Finding {
  const then = isRunning
    ? 'The first question that meets it sets it aside.'
    : 'A start or a question sets it aside.';
  return {
    level: 'error',
    where: `${table}/${part}`,
    what: `The part is damaged: ${reason.slice(0, 300)}`,
    todo: `${then} ${RESTORE}, and look at the disk`,
  };
}
