/** What tests of HTTP surfaces share. */
export { exchange, openRawSocket, type RawSocket } from './raw-socket.ts';
