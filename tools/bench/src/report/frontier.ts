// Where figures pull against each other: which variants nobody beats in everything at once, and which are beaten, by
// whom. Among the former one has to choose; the latter are out.

import type { JoinedFigure } from './figure.ts';

export type Standing = {
  readonly name: string;
  /** Less is better, in the order of the criteria. */
  readonly costs: readonly number[];
  /** The variants that are nowhere worse and somewhere better; none on the frontier. */
  readonly beatenBy: readonly string[];
};

/** The figures that pull against each other, by the end of their ids. */
export const CRITERIA: readonly { readonly id: string; readonly label: string }[] = [
  { id: 'cpu', label: 'CPU with merges' },
  { id: 'bytes', label: 'bytes' },
  { id: 'byId', label: 'by id' },
  { id: 'rareKnown', label: 'rare value' },
];

/** Within this share two single runs say the same. */
const TIE = 0.05;
/** From this share on one is better. */
const BETTER = 0.1;

export function standingsOf(figures: readonly JoinedFigure[]): readonly Standing[] {
  const rows = [...Map.groupBy(figures, ({ row }) => row ?? '')].flatMap(([name, cells]) => {
    const costs = CRITERIA.map(({ id }) => cells.find((cell) => cell.id.endsWith(`.${id}`))?.median);
    const whole = costs.filter((cost) => cost !== undefined);
    return whole.length === CRITERIA.length ? [{ name, costs: whole }] : [];
  });
  return rows.map(({ name, costs }) => ({
    name,
    costs,
    beatenBy: rows.filter((other) => beats(other.costs, costs)).map((other) => other.name),
  }));
}

function beats(left: readonly number[], right: readonly number[]): boolean {
  const ratios = left.map((cost, index) => cost / (right[index] ?? Number.NaN));
  return ratios.every((ratio) => ratio <= 1 + TIE) && ratios.some((ratio) => ratio < 1 - BETTER);
}

/** A table with a line for each variant; undefined where there is nothing to choose between. */
export function printFrontier(
  figures: readonly JoinedFigure[],
  print: (value: number) => string,
): string[][] | undefined {
  const standings = standingsOf(figures);
  if (standings.length < 2) return undefined;
  return [
    ['frontier', ...CRITERIA.map(({ label }) => label), ''],
    ...standings.map(({ name, costs, beatenBy }) => [
      name,
      ...costs.map(print),
      beatenBy.length === 0 ? 'on the frontier' : `beaten by ${beatenBy.join(', ')}`,
    ]),
  ];
}
