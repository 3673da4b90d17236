/** What the long tests of `tools/soak` share with this program's own; nothing of it is published. */
export { RunningServer } from './running-server.ts';
