/** What tests of HTTP surfaces share. */
export { httpFuzzTargets } from './fuzz-http.ts';
export { exchange, openRawSocket, type RawSocket } from './raw-socket.ts';
