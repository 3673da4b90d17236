// How columns are compressed: ZSTD(1) nearly everywhere is in use, times as differences.

import { type Choice, IN_USE, type Variant, withSettings } from '../variants.ts';

/** The table in use with the codec of some columns replaced. */
function codec(
  name: string,
  what: string,
  isMeant: (column: string) => boolean,
  replacement: string,
): Variant {
  return {
    ...IN_USE,
    name,
    what,
    table: (table) => ({
      ...table,
      columns: new Map(
        [...table.columns].map(([column, rest]) => [
          column,
          isMeant(column) ? `${rest.replace(/ CODEC\(.*\)$/, '')} CODEC(${replacement})` : rest,
        ]),
      ),
    }),
  };
}

const isId = (column: string): boolean => /^(trace_id|parent_id)$/.test(column);
const isTime = (column: string): boolean => column === 'start_nano';
const isDuration = (column: string): boolean => column === 'duration_nano';
const isText = (column: string): boolean => /^(a_|attrs_(few|str))/.test(column);
/** Random bytes; no codec makes them smaller. */
const isRandom = (column: string): boolean => column === 'span_id';

/** Every column keeps what stands before its general codec, such as Delta. */
function everywhere(name: string, what: string, general: string): Variant {
  return {
    ...IN_USE,
    name,
    what,
    table: (table) => ({
      ...table,
      columns: new Map(
        [...table.columns].map(([column, rest]) => [column, rest.replace(/ZSTD\(\d+\)/, general)]),
      ),
    }),
  };
}

export const codecsChoice: Choice = {
  name: 'codecs',
  summary: 'how columns are compressed',
  spans: 1_000_000,
  variants: [
    IN_USE,
    everywhere('lz4', 'LZ4 wherever ZSTD is', 'LZ4'),
    everywhere('zstd-3', 'ZSTD(3) wherever ZSTD is', 'ZSTD(3)'),
    codec('ids-lz4', 'ids of traces and parents LZ4', isId, 'LZ4'),
    codec('ids-zstd-3', 'ids of traces and parents ZSTD(3)', isId, 'ZSTD(3)'),
    codec('span-id-zstd', 'ids of spans ZSTD(1) instead of none', isRandom, 'ZSTD(1)'),
    codec('text-zstd-3', 'attributes of text ZSTD(3)', isText, 'ZSTD(3)'),
    codec('text-lz4', 'attributes of text LZ4', isText, 'LZ4'),
    codec('start-plain', 'starts ZSTD(1) without differences', isTime, 'ZSTD(1)'),
    codec('start-double-delta', 'starts DoubleDelta, ZSTD(1)', isTime, 'DoubleDelta, ZSTD(1)'),
    codec('start-t64', 'starts T64, ZSTD(1)', isTime, 'T64, ZSTD(1)'),
    codec('duration-t64', 'durations T64, ZSTD(1)', isDuration, 'T64, ZSTD(1)'),
    codec('duration-t64-bit', 'durations T64(bit), ZSTD(1)', isDuration, "T64('bit'), ZSTD(1)"),
    withSettings('blocks-1m', 'compressed in blocks of 1 MiB', {
      max_compress_block_size: '4194304',
      min_compress_block_size: '1048576',
    }),
  ],
};
