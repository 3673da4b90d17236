// `npm run demo`: brings up the shop and, when none runs, the server it reports to; sends customers; takes
// commands; and leaves no process behind, however it ends.

import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { runCommand, type Stage } from './commands.ts';
import { startControl } from './control.ts';
import { Ending } from './ending.ts';
import { faults } from './faults.ts';
import { type Flags, parseFlags, printHelp } from './flags.ts';
import { Load } from './load.ts';
import { printProgress, printTotals } from './progress.ts';
import { preparePython } from './python.ts';
import { makeLogFolder } from './run-folder.ts';
import { Shop } from './shop.ts';
import { Showcase } from './showcase.ts';
import { endpointDefault, ensureServer, type ServerResult } from './tracewright-server.ts';

const progressIntervalMs = 5_000;
/** The SDKs send once a second; after this an order's trace is complete where it was sent. */
const exportDelayMs = 2_500;
/** How long customers who are being served at the end are waited for. */
const lastAnswersMs = 4_000;

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Hears what ends the demo: the signals, and faults of its own. */
function listenForEnding(): Ending {
  const ending = new Ending({
    nowMs: () => performance.now(),
    abandon: () => {
      // Children end when the channel to this process does.
      say('Ended at once: what was under way is lost.');
      process.exit(130);
    },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => ending.signal(signal));
  }
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
      process.exitCode = 1;
      ending.end(event);
    });
  }
  return ending;
}

async function run(flags: Flags): Promise<void> {
  const began = performance.now();
  const ending = listenForEnding();
  const dataFolder = flags.dataFolder ?? fileURLToPath(new URL('../data', import.meta.url));
  const logFolder = makeLogFolder(dataFolder);

  const finding = ensureServer(flags.endpoint, logFolder);
  finding.catch(() => {});
  let shop: Shop | undefined;
  let server: ServerResult | undefined;
  let closing = false;
  try {
    shop = new Shop({
      endpoint: flags.endpoint ?? endpointDefault,
      logFolder,
      python: await findPython(flags, dataFolder),
      tell: say,
    });
    const opening = shop.start();
    opening.catch(() => {});
    const [found] = await Promise.race([Promise.all([finding, opening]), ending.reason.then(() => [])]);
    server = found;
    if (server !== undefined) {
      say(server.sentence);
      // The shop goes on without it; its telemetry is lost.
      void server.process?.ended.then((reason) => {
        if (!closing) say(`Tracewright has ended by itself (${reason}); see ${server?.process?.logFile}`);
      });
      const seconds = ((performance.now() - began) / 1000).toFixed(1);
      say(`The shop is open after ${seconds} s; logs in ${logFolder}`);
      await trade(flags, shop, ending);
    }
  } finally {
    closing = true;
    say('Closing the shop …');
    await shop?.stop();
    server ??= await finding.catch(() => undefined);
    if (server?.process !== undefined) {
      await server.process.stop();
      say('Stopped the Tracewright that the demo had started; `npm start` shows its data again');
    }
  }
}

/** The interpreter for the Python service; when there is none, it says why. */
async function findPython(flags: Flags, dataFolder: string): Promise<string | undefined> {
  const python = flags.withPython ? await preparePython(dataFolder, say) : undefined;
  if (python?.ok === true) return python.interpreter;
  say(`No recommendation service: ${python?.reason ?? 'left out by --no-python'}`);
  return undefined;
}

/** The time in which customers come, until the ending. */
async function trade(flags: Flags, shop: Shop, ending: Ending): Promise<void> {
  const showcase = new Showcase();
  const load = new Load({
    frontend: () => shop.frontend,
    actionsPerSecond: flags.actionsPerSecond,
    onTrace: (seen) => showcase.add(seen),
  });
  let before = load.totals;
  const openedAt = performance.now();
  let beforeAt = openedAt;
  const summary = (): string => printTotals((performance.now() - openedAt) / 1000, load.totals);
  const progress = (): string => {
    const now = performance.now();
    const input = {
      seconds: (now - beforeAt) / 1000,
      totals: load.totals,
      before,
      durations: load.takeDurations(),
    };
    before = input.totals;
    beforeAt = now;
    return printProgress({ ...input, faults: shop.faults });
  };
  const stage: Stage = {
    activeFaults: () => shop.faults,
    switchFault: (name, on) => shop.switchFault(name, on),
    rate: () => load.rate,
    setRate: (actionsPerSecond) => {
      load.rate = actionsPerSecond;
    },
    status: () =>
      `${summary()}; faults: ${shop.faults.join(', ') || 'none'}\nProcesses: ${shop.processes.join(', ')}\n${showcase.print()}`,
    stop: () => ending.end('command'),
  };
  await using control = await startControl(flags.controlPort, stage);
  say(
    `\nSwitch faults: curl ${control.address}/faults/${faults[0]?.name}/on   All of them: curl ${control.address}/faults`,
  );
  listenToKeyboard(stage);
  for (const name of flags.faults) say((await runCommand(`${name} on`, stage)).text);
  say('');

  const selling = load.run();
  const printing = setInterval(() => say(progress()), progressIntervalMs);
  const showing = setInterval(() => {
    if (!showcase.hasOrder) return;
    clearInterval(showing);
    say(`\n${showcase.print()}\n`);
  }, exportDelayMs);
  const closing =
    flags.durationSeconds === undefined
      ? undefined
      : setTimeout(() => ending.end('duration'), flags.durationSeconds * 1000);
  await ending.reason;
  clearTimeout(closing);
  clearInterval(printing);
  clearInterval(showing);
  load.stop();
  await Promise.race([selling, sleep(lastAnswersMs)]);
  say(`\n${summary()}`);
  say(`\n${showcase.print()}\n`);
}

function listenToKeyboard(stage: Stage): void {
  if (!process.stdin.isTTY) return;
  say('Or type here: help, faults, a fault’s name or number, rate N, status, quit.');
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    runCommand(line, stage).then(
      ({ text }) => say(text),
      (error: unknown) => say(error instanceof Error ? error.message : String(error)),
    );
  });
  // Ctrl-D takes the keyboard away and nothing else.
  lines.on('close', () => process.stdin.unref());
}

const parsed = parseFlags(process.argv.slice(2), process.env);
if (parsed.kind === 'help') say(printHelp());
else if (parsed.kind === 'wrong') {
  process.stderr.write(`${parsed.message}\nnpm run demo -- --help names all flags and faults\n`);
  process.exitCode = 2;
} else {
  try {
    await run(parsed.flags);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
  process.exit();
}
