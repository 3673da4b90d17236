import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createStyle } from '../../cli/style.ts';
import { readTraces } from './view.ts';
import { renderWaterfall } from './waterfall.ts';

/** The waterfall of one failed span with these attributes. */
function failed(attributes: Readonly<Record<string, string>>, message = ''): string {
  const span = {
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    spanId: '0000000000000001',
    name: 'GET /',
    startTimeUnixNano: '1000',
    endTimeUnixNano: '2000',
    status: { code: 2, message },
    attributes: Object.entries(attributes).map(([key, stringValue]) => ({ key, value: { stringValue } })),
  };
  const views = readTraces({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
  const options = { width: 80, style: createStyle(0), unicode: true, utc: true, all: false, logs: true };
  return views.flatMap((view) => renderWaterfall(view, { ...options, highlight: undefined })).join('\n');
}

test('a failure without a message is told by its type or its status, or not at all', () => {
  assert.match(failed({ 'error.type': 'timeout', 'http.response.status_code': '504' }), /✖ timeout/);
  assert.match(failed({ 'error.type': '503', 'http.response.status_code': '503' }), /✖ HTTP 503/);
  assert.match(failed({ 'http.status_code': '500' }), /✖ HTTP 500/);
  assert.match(failed({ 'error.type': 'timeout' }, 'too late'), /✖ too late/);
  assert.equal(failed({}).match(/✖/g)?.length, 1, 'only the mark of the row');
});
