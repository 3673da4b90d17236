// A figure: one number with its unit, and which direction is better. Runs are joined by the median; the spread
// stays beside it, because a figure without one invites reading noise.

export type Better = 'less' | 'more';

export type Figure = {
  /** Stable name, by which runs and baselines are joined: `scenario.what`. */
  readonly id: string;
  readonly label: string;
  /** Figures with the same row are printed beside each other; the row names what they have in common. */
  readonly row?: string;
  readonly unit: string;
  readonly better: Better;
  readonly value: number;
};

/** Makes the figures of one scenario: their ids begin with its name. */
export function figuresOf(
  scenario: string,
): (id: string, label: string, unit: string, better: Better, value: number) => Figure {
  return (id, label, unit, better, value) => ({ id: `${scenario}.${id}`, label, unit, better, value });
}

export type JoinedFigure = Omit<Figure, 'value'> & {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly values: readonly number[];
};

/** The figures of several runs, joined by id in the order of their first appearance. */
export function joinFigures(runs: readonly (readonly Figure[])[]): readonly JoinedFigure[] {
  return [...Map.groupBy(runs.flat(), (figure) => figure.id).values()].flatMap((figures) => {
    const [first] = figures;
    if (first === undefined) return [];
    const values = figures.map((figure) => figure.value);
    const { value: _, ...rest } = first;
    return [{ ...rest, median: median(values), min: Math.min(...values), max: Math.max(...values), values }];
  });
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? Number.NaN) + upper) / 2 : upper;
}

/** The value at a share of the sorted values (nearest rank). */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
