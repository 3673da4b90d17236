/**
 * Writer over an engine: implements model's `Writer` interface.
 */
export type { Segment, SegmentFile, Writer } from '@tracewright/model';
