/**
 * Metrics as data: whoever counts provides families of samples, and this room prints them.
 */

export type Labels = Readonly<Record<string, string>>;

export type NumberSample = { readonly labels?: Labels; readonly value: number | bigint };

export type HistogramSample = {
  readonly labels?: Labels;
  /** Counts up to and including each bound, growing; the last bucket, of everything, is added from `count`. */
  readonly buckets: readonly { readonly le: number; readonly count: number | bigint }[];
  readonly sum: number;
  readonly count: number | bigint;
};

type Named = {
  /** Without the `_total` of a counter, which is added where it belongs; the unit is its last word. */
  readonly name: string;
  /** One sentence. */
  readonly help: string;
};

export type MetricFamily = Named &
  (
    | { readonly type: 'counter' | 'gauge'; readonly samples: readonly NumberSample[] }
    | { readonly type: 'histogram'; readonly samples: readonly HistogramSample[] }
  );

/** Cheap: asked at every scrape. */
export type MetricsSource = () => readonly MetricFamily[] | Promise<readonly MetricFamily[]>;
