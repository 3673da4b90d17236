/**
 * NativeBlock: the named columns of one decoded block. Asking for a column that is not there, or is of
 * another kind, is a fault of the statement's author.
 */
import { assert } from '@tracewright/std';
import {
  type ArrayColumn,
  type BigColumn,
  FixedStrings,
  type MapColumn,
  type NativeColumn,
  type NumberColumn,
  type StringColumn,
} from './column.ts';

export class NativeBlock {
  readonly rows: number;
  readonly #columns: ReadonlyMap<string, NativeColumn>;

  constructor(rows: number, columns: ReadonlyMap<string, NativeColumn>) {
    this.rows = rows;
    this.#columns = columns;
  }

  has(name: string): boolean {
    return this.#columns.has(name);
  }

  names(): string[] {
    return [...this.#columns.keys()];
  }

  column(name: string): NativeColumn {
    const column = this.#columns.get(name);
    assert(column !== undefined, `The answer has no column ${name}`);
    return column;
  }

  strings(name: string): StringColumn {
    const column = this.column(name);
    assert(column.kind === 'string', `The column ${name} holds no strings`);
    return column;
  }

  fixed(name: string): FixedStrings {
    const column = this.column(name);
    assert(column instanceof FixedStrings, `The column ${name} holds no strings of one length`);
    return column;
  }

  numbers(name: string): NumberColumn['values'] {
    const column = this.column(name);
    assert(column.kind === 'number', `The column ${name} holds no small numbers`);
    return column.values;
  }

  bigs(name: string): BigColumn['values'] {
    const column = this.column(name);
    assert(column.kind === 'big', `The column ${name} holds no 64-bit numbers`);
    return column.values;
  }

  arrays(name: string): ArrayColumn {
    const column = this.column(name);
    assert(column.kind === 'array', `The column ${name} holds no arrays`);
    return column;
  }

  maps(name: string): MapColumn {
    const column = this.column(name);
    assert(column.kind === 'map', `The column ${name} holds no maps`);
    return column;
  }
}
