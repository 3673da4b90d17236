// The definition of a table, taken apart so that a variant can change one thing of it: columns, indexes, partition,
// order and settings, as the engine itself prints them with SHOW CREATE TABLE.

export type TableDefinition = {
  /** Name and the rest of the line: type, codec. */
  readonly columns: ReadonlyMap<string, string>;
  /** Indexes and projections, whole. */
  readonly indexes: readonly string[];
  readonly engine: string;
  readonly partitionBy: string | undefined;
  readonly orderBy: string;
  readonly settings: ReadonlyMap<string, string>;
};

/** Reads what SHOW CREATE TABLE prints; undefined where it is not the table of a MergeTree. */
export function parseTableDefinition(ddl: string): TableDefinition | undefined {
  const open = ddl.indexOf('\n(\n');
  const close = ddl.indexOf('\n)\n', open);
  if (open < 0 || close < 0) return undefined;
  const columns = new Map<string, string>();
  const indexes: string[] = [];
  for (const line of ddl.slice(open + 3, close).split(/,\n/)) {
    const column = /^`([^`]+)` (.+)$/s.exec(line.trim());
    if (column?.[1] !== undefined && column[2] !== undefined) columns.set(column[1], column[2]);
    else indexes.push(line.trim());
  }
  const tail = ddl.slice(close + 3);
  const clause = (name: string): string | undefined => new RegExp(`^${name} (.+)$`, 'm').exec(tail)?.[1];
  const engine = /^ENGINE = (.+)$/m.exec(tail)?.[1];
  const orderBy = clause('ORDER BY');
  if (engine === undefined || orderBy === undefined) return undefined;
  const settings = new Map<string, string>();
  for (const setting of (clause('SETTINGS') ?? '').split(', ')) {
    const [name, value] = setting.split(' = ');
    if (name !== undefined && value !== undefined) settings.set(name, value);
  }
  return { columns, indexes, engine, partitionBy: clause('PARTITION BY'), orderBy, settings };
}

export function printTableDefinition(name: string, table: TableDefinition): string {
  const lines = [...[...table.columns].map(([column, type]) => `\`${column}\` ${type}`), ...table.indexes];
  const settings = [...table.settings].map(([setting, value]) => `${setting} = ${value}`).join(', ');
  return [
    `CREATE TABLE ${name}`,
    `(\n    ${lines.join(',\n    ')}\n)`,
    `ENGINE = ${table.engine}`,
    ...(table.partitionBy === undefined ? [] : [`PARTITION BY ${table.partitionBy}`]),
    `ORDER BY ${table.orderBy}`,
    ...(settings === '' ? [] : [`SETTINGS ${settings}`]),
  ].join('\n');
}

/** Whether a column is given its value by an insert, rather than computed from others. */
export function isInserted(columnRest: string): boolean {
  return !/\b(MATERIALIZED|ALIAS)\b/.test(columnRest);
}

/** Without some columns: their indexes go with them, and columns that are computed from them find them empty. */
export function withoutColumns(table: TableDefinition, isGone: (column: string) => boolean): TableDefinition {
  const gone = [...table.columns.keys()].filter(isGone);
  const mentions = (text: string): boolean => gone.some((column) => named(column).test(text));
  const emptied = (rest: string): string =>
    gone.reduce(
      (text, column) => text.replaceAll(named(column), emptyOf(table.columns.get(column) ?? '')),
      rest,
    );
  return {
    ...table,
    columns: new Map(
      [...table.columns]
        .filter(([column]) => !gone.includes(column))
        .map(([column, rest]) => [column, isInserted(rest) ? rest : emptied(rest)]),
    ),
    indexes: table.indexes.filter((index) => !mentions(index)),
  };
}

function named(column: string): RegExp {
  return new RegExp(`\\b${column}\\b`, 'g');
}

/** What is compared with nothing, or asked whether it is empty, may as well be an empty text, unless it is a number. */
function emptyOf(columnRest: string): string {
  return /^(U?Int|Float)/.test(columnRest) ? '0' : `''`;
}
