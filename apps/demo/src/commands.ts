// What a person can tell the running demo, by keyboard or by curl. Every command answers with text; a mistake
// answers with what would have been right.

import { type Fault, type FaultName, faults, findFault } from './faults.ts';
import { rateMax } from './flags.ts';

/** What commands act upon. */
export interface Stage {
  readonly activeFaults: () => readonly FaultName[];
  readonly switchFault: (name: FaultName, on: boolean) => Promise<void>;
  readonly rate: () => number;
  readonly setRate: (actionsPerSecond: number) => void;
  readonly status: () => string;
  readonly stop: () => void;
}

export interface CommandAnswer {
  readonly ok: boolean;
  readonly text: string;
}

const usage = `  NAME or NUMBER [on|off]   switch a fault (without on or off: to the other state)
  faults                    list them
  off                       switch all faults off
  rate N                    customers' actions a second, 0 to ${rateMax}; an order is one action of 3 to 5 requests
  status                    what has happened so far
  quit                      stop everything`;

/** Carries out one line. */
export async function runCommand(line: string, stage: Stage): Promise<CommandAnswer> {
  const [word = '', argument] = line.trim().toLowerCase().split(/\s+/);
  switch (word) {
    case '':
    case 'help':
      return yes(usage);
    case 'faults':
      return yes(listFaults(stage.activeFaults()));
    case 'status':
      return yes(stage.status());
    case 'quit':
    case 'stop':
      stage.stop();
      return yes('Stopping.');
    case 'off':
      for (const name of stage.activeFaults()) await stage.switchFault(name, false);
      return yes('All faults are off.');
    case 'rate':
      return setRate(argument, stage);
  }
  const fault = findFault(word) ?? (/^\d+$/.test(word) ? faults[Number(word) - 1] : undefined);
  if (fault === undefined) return no(`There is no command ${word}:\n${usage}`);
  if (argument !== undefined && argument !== 'on' && argument !== 'off') {
    return no(`${fault.name} can be switched on or off, not ${argument}`);
  }
  const on = argument === undefined ? !stage.activeFaults().includes(fault.name) : argument === 'on';
  await stage.switchFault(fault.name, on);
  return yes(on ? printSwitchedOn(fault) : `${fault.name} is off`);
}

function printSwitchedOn(fault: Fault): string {
  const { name, summary, sign, search } = fault;
  return `${name} is on: ${summary}\n  To be seen: ${sign}\n  npx tracewright search ${search}`;
}

function setRate(argument: string | undefined, stage: Stage): CommandAnswer {
  const rate = Number(argument);
  if (argument === undefined || !(rate >= 0 && rate <= rateMax))
    return no(`Expected: rate N, with N from 0 to ${rateMax}`);
  stage.setRate(rate);
  return yes(`${rate} actions a second`);
}

function listFaults(active: readonly FaultName[]): string {
  return faults
    .map((fault, index) => {
      const state = active.includes(fault.name) ? 'ON ' : 'off';
      return `  ${index + 1}  ${fault.name.padEnd(16)} ${state}  ${fault.service}: ${fault.summary}`;
    })
    .join('\n');
}

function yes(text: string): CommandAnswer {
  return { ok: true, text };
}

function no(text: string): CommandAnswer {
  return { ok: false, text };
}
