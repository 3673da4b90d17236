// Asks whether an OTLP/HTTP receiver takes telemetry, with the smallest request there is: no spans at all.

const probeDeadlineMs = 1_000;

/** True when the receiver at the base address accepts an empty export. */
export async function isAccepting(endpoint: string): Promise<boolean> {
  try {
    const response = await fetch(`${endpoint.replace(/\/$/, '')}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"resourceSpans":[]}',
      signal: AbortSignal.timeout(probeDeadlineMs),
    });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
