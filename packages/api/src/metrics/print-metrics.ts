/**
 * Prints metric families for Prometheus: its text format 0.0.4, or OpenMetrics 1.0.
 *
 * The two differ in the name that describes a counter, in how bounds are spelled, and in the end mark. A family
 * with a name that no scraper would accept is a mistake of the program.
 */
import { assert } from '@tracewright/std';
import type { HistogramSample, Labels, MetricFamily, NumberSample } from './metric-family.ts';

export type MetricsFormat = 'text' | 'openmetrics';

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

export function printMetrics(families: readonly MetricFamily[], format: MetricsFormat): string {
  const lines: string[] = [];
  for (const family of families) {
    assert(NAME.test(family.name), `${JSON.stringify(family.name)} is no name of a metric`);
    assert(
      family.type !== 'counter' || !family.name.endsWith('_total'),
      `The counter ${family.name} is named without its _total`,
    );
    const sampleName = family.type === 'counter' ? `${family.name}_total` : family.name;
    const familyName = format === 'openmetrics' ? family.name : sampleName;
    lines.push(
      `# HELP ${familyName} ${escapeHelp(family.help, format)}`,
      `# TYPE ${familyName} ${family.type}`,
    );
    if (family.type === 'histogram') {
      for (const sample of family.samples) lines.push(...histogramLines(sampleName, sample, format));
    } else {
      for (const sample of family.samples) lines.push(numberLine(sampleName, sample));
    }
  }
  if (format === 'openmetrics') lines.push('# EOF');
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

function numberLine(name: string, { labels = {}, value }: NumberSample): string {
  return `${name}${printLabels(labels)} ${printNumber(value)}`;
}

function histogramLines(name: string, sample: HistogramSample, format: MetricsFormat): string[] {
  const { labels = {}, buckets, sum, count } = sample;
  const bound = (le: number): string => {
    const text = printNumber(le);
    return format === 'openmetrics' && Number.isInteger(le) && !text.includes('e') ? `${text}.0` : text;
  };
  return [
    ...buckets
      .filter(({ le }) => le !== Number.POSITIVE_INFINITY)
      .map(({ le, count: upTo }) => `${name}_bucket${printLabels({ ...labels, le: bound(le) })} ${upTo}`),
    `${name}_bucket${printLabels({ ...labels, le: '+Inf' })} ${count}`,
    `${name}_sum${printLabels(labels)} ${printNumber(sum)}`,
    `${name}_count${printLabels(labels)} ${count}`,
  ];
}

function printLabels(labels: Labels): string {
  const entries = Object.entries(labels);
  if (entries.length === 0) return '';
  const printed = entries.map(([name, value]) => {
    assert(LABEL.test(name), `${JSON.stringify(name)} is no name of a label`);
    return `${name}="${escapeLabel(value)}"`;
  });
  return `{${printed.join(',')}}`;
}

function printNumber(value: number | bigint): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  return String(value);
}

function escapeLabel(text: string): string {
  return text.toWellFormed().replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function escapeHelp(text: string, format: MetricsFormat): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return format === 'openmetrics' ? escaped.replaceAll('"', '\\"') : escaped;
}
