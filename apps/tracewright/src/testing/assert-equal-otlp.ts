/** Compares canonical OTLP and shows the first difference alone, since the whole would fill the screen. */
import assert from 'node:assert/strict';
import { type Canonical, inOrder } from './canonical-otlp.ts';

export function assertEqualOtlp(
  actual: readonly Canonical[],
  expected: readonly Canonical[],
  what: string,
): void {
  const got = inOrder(actual);
  const wanted = inOrder(expected);
  assert.equal(got.length, wanted.length, `${what}: count of records`);
  for (const [at, want] of wanted.entries()) {
    const have = got[at] ?? {};
    for (const field of Object.keys({ ...want, ...have }))
      assert.deepEqual(have[field], want[field], `${what}: ${field} of record ${at}`);
  }
}
