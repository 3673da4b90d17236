/** What the long tests of `tools/soak` share with this program's own; nothing of it is published. */
export { terminalFuzzTargets } from './fuzz-terminal.ts';
export { KillBench, type KillOrder, printKillReport } from './kill-bench.ts';
export { ENGINE_KILLS, SERVER_KILLS, WORKER_KILLS } from './kill-steps.ts';
export { printOverload } from './overload-report.ts';
export { runOverload } from './overload-run.ts';
export { RunningServer } from './running-server.ts';
