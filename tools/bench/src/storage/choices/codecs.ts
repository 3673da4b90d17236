// How columns are compressed: one general codec nearly everywhere is in use, times as differences.

import { type Choice, IN_USE, type Variant, withSettings } from '../variants.ts';

/** ZSTD(1), or what the engine takes for a part of its size. */
const GENERAL = /ZSTD\(\d+\)|Default/;

/** The table in use with the codec of some columns replaced; GENERAL stands for the one in use. */
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
          isMeant(column) ? withCodec(rest, replacement) : rest,
        ]),
      ),
    }),
  };
}

function withCodec(columnRest: string, replacement: string): string {
  const general = GENERAL.exec(columnRest)?.[0] ?? 'Default';
  return `${columnRest.replace(/ CODEC\(.*\)$/, '')} CODEC(${replacement.replace('GENERAL', general)})`;
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
      columns: new Map([...table.columns].map(([column, rest]) => [column, rest.replace(GENERAL, general)])),
    }),
  };
}

export const codecsChoice: Choice = {
  name: 'codecs',
  summary: 'how columns are compressed',
  spans: 1_000_000,
  variants: [
    IN_USE,
    everywhere('lz4', 'LZ4 for all', 'LZ4'),
    everywhere('zstd-1', 'ZSTD(1) for all, small parts too', 'ZSTD(1)'),
    everywhere('zstd-3', 'ZSTD(3) for all, small parts too', 'ZSTD(3)'),
    codec('ids-lz4', 'ids of traces and parents LZ4', isId, 'LZ4'),
    codec('ids-zstd-3', 'ids of traces and parents ZSTD(3)', isId, 'ZSTD(3)'),
    codec('span-id-zstd', 'ids of spans compressed', isRandom, 'GENERAL'),
    codec('text-zstd-3', 'attributes of text ZSTD(3)', isText, 'ZSTD(3)'),
    codec('text-lz4', 'attributes of text LZ4', isText, 'LZ4'),
    codec('start-plain', 'starts without differences', isTime, 'GENERAL'),
    codec('start-double-delta', 'starts DoubleDelta', isTime, 'DoubleDelta, GENERAL'),
    codec('start-t64', 'starts T64', isTime, 'T64, GENERAL'),
    codec('duration-t64', 'durations T64', isDuration, 'T64, GENERAL'),
    codec('duration-t64-bit', 'durations T64(bit)', isDuration, "T64('bit'), GENERAL"),
    withSettings('blocks-1m', 'compressed in blocks of 1 MiB', {
      max_compress_block_size: '4194304',
      min_compress_block_size: '1048576',
    }),
  ],
};
