// In which order rows lie: tenant, segment, trace is in use.

import { type Choice, IN_USE, inOrder } from '../variants.ts';

export const sortKeyChoice: Choice = {
  name: 'sort-key',
  summary: 'in which order rows lie; with --scatter 1004 a trace arrives over a minute',
  spans: 2_000_000,
  variants: [
    IN_USE,
    inOrder('by-time', 'ordered by the start of the span', '(tenant, start_nano)'),
    inOrder('by-service-time', 'ordered by service and start', '(tenant, service, start_nano)'),
    inOrder(
      'by-minute-trace',
      'ordered by minute of start and trace',
      '(tenant, intDiv(start_nano, 60000000000), trace_id)',
    ),
    inOrder(
      'by-segment-service-trace',
      'ordered by segment, service, trace',
      '(tenant, segment, service, trace_id)',
    ),
  ],
};
