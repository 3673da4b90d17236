/** What the long tests of `tools/soak` share with this program's own; nothing of it is published. */
export { terminalFuzzTargets } from './fuzz-terminal.ts';
export { RunningServer } from './running-server.ts';
