// The server that the shop reports to: the one that runs already, or else one that the demo starts, and ends
// together with itself.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isAccepting } from './otlp-probe.ts';
import { type SupervisedProcess, startProcess } from './supervised-process.ts';

export interface ServerResult {
  readonly kind: 'found' | 'started' | 'absent';
  /** What to tell a person. */
  readonly sentence: string;
  /** The server, when the demo started it. */
  readonly process?: SupervisedProcess;
}

export const endpointDefault = 'http://127.0.0.1:4318';
const healthAddress = 'http://127.0.0.1:13133/status';
const stopDeadlineMs = 25_000;
const logLinesShown = 6;
const appFolder = fileURLToPath(new URL('../../tracewright/', import.meta.url));
/** The launcher, and where that is missing the source itself. */
const programs = ['bin/tracewright.mjs', 'src/main.ts'].map((path) => join(appFolder, path));

/** Finds the receiver at a given address, or finds or starts Tracewright at its own. */
export async function ensureServer(endpoint: string | undefined, logFolder: string): Promise<ServerResult> {
  if (endpoint !== undefined) {
    return (await isAccepting(endpoint))
      ? { kind: 'found', sentence: `Telemetry goes to ${endpoint}` }
      : { kind: 'absent', sentence: `Nothing takes telemetry at ${endpoint} yet; the SDKs go on trying` };
  }
  if (await isAccepting(endpointDefault)) {
    const what = (await isHealthy())
      ? 'Tracewright'
      : 'A receiver (not Tracewright, or without its health port)';
    return { kind: 'found', sentence: `${what} runs already at ${endpointDefault}` };
  }
  const program = programs.find((path) => existsSync(path));
  if (program === undefined) {
    return { kind: 'absent', sentence: `No Tracewright runs, and there is none to start in ${appFolder}` };
  }
  const logFile = join(logFolder, 'tracewright.log');
  const server = startProcess({
    label: 'tracewright',
    logFile,
    environment: { WARDEN_PROGRAM: program, WARDEN_ENDPOINT: endpointDefault },
    stopDeadlineMs,
    detached: true,
    program: {
      kind: 'node',
      script: fileURLToPath(new URL('./infrastructure/warden.ts', import.meta.url)),
      imports: [],
    },
  });
  try {
    await server.ready;
  } catch (cause) {
    await server.stop();
    const lines = readFileSync(logFile, 'utf8').trim().split('\n').slice(-logLinesShown);
    throw new Error(`Tracewright did not start; its log, ${logFile}, ends with:\n  ${lines.join('\n  ')}`, {
      cause,
    });
  }
  return {
    kind: 'started',
    sentence: `Started Tracewright at ${endpointDefault}; its log: ${logFile}`,
    process: server,
  };
}

async function isHealthy(): Promise<boolean> {
  try {
    return (await fetch(healthAddress, { signal: AbortSignal.timeout(1_000) })).ok;
  } catch {
    return false;
  }
}
