/**
 * One log record as one line: time, severity, service, body, and the trace where it names one.
 */
import type { LogJson } from '@tracewright/api/client';
import { fit, visible } from '../../cli/display-text.ts';
import type { Style } from '../../cli/style.ts';
import { nanoOf, timeText } from '../../cli/time-text.ts';
import { severityName } from '../trace/view.ts';

export interface LogTextOptions {
  readonly style: Style;
  readonly utc: boolean;
  readonly slot: (service: string) => number;
  /** Left out where every record is of the same trace. */
  readonly showTrace: boolean;
}

export function logText(log: LogJson, { style, utc, slot, showTrace }: LogTextOptions): string {
  const severity = fit(severityName(log.severityNumber, visible(log.severityText)), 5);
  const paint = log.severityNumber >= 17 ? style.error : log.severityNumber >= 13 ? style.warn : style.dim;
  const body =
    typeof log.body === 'string'
      ? log.body
      : log.body == null
        ? (log.eventName ?? '')
        : JSON.stringify(log.body);
  const trace = showTrace && log.traceId ? ` ${style.dim(`trace=${visible(log.traceId)}`)}` : '';
  const time = style.dim(timeText(timeOf(log), { utc }));
  return `${time} ${paint(severity)} ${style.service(slot(log.service), visible(log.service))} ${visible(body)}${trace}`;
}

/** When it happened, or else when it was first seen. */
export function timeOf(log: LogJson): bigint {
  const time = nanoOf(log.timeUnixNano);
  return time === 0n ? nanoOf(log.observedUnixNano) : time;
}
