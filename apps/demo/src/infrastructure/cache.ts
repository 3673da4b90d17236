// The shop's cache: a key-value store that speaks the Redis protocol (RESP2), as much of it as carts need: hashes
// with a time to live. An unknown command gets an error, as from a real server, and closes nothing.

import { type AddressInfo, createServer, type Socket } from 'node:net';
import { liveAsChild, sayReady } from '../process/child.ts';
import { decodeCommands } from './resp.ts';

interface Entry {
  readonly fields: Map<string, string>;
  expiresAtMs: number;
}

const keysMax = 100_000;
const entries = new Map<string, Entry>();

function liveEntry(key: string): Entry | undefined {
  const entry = entries.get(key);
  if (entry === undefined || entry.expiresAtMs > performance.now()) return entry;
  entries.delete(key);
  return undefined;
}

function createEntry(key: string): Entry {
  const entry = { fields: new Map<string, string>(), expiresAtMs: Number.POSITIVE_INFINITY };
  entries.set(key, entry);
  // A map remembers the order of insertion: the oldest key makes room.
  if (entries.size > keysMax) entries.delete(entries.keys().next().value ?? '');
  return entry;
}

function execute(command: string, args: readonly string[]): string {
  const [key = '', field = '', value = ''] = args;
  switch (command) {
    case 'PING':
      return '+PONG\r\n';
    case 'SELECT':
    case 'CLIENT':
      return '+OK\r\n';
    case 'INFO':
      return bulk('redis_version:7.2.0\r\nloading:0\r\n');
    case 'HINCRBY': {
      const { fields } = liveEntry(key) ?? createEntry(key);
      const sum = Number(fields.get(field) ?? 0) + Number(value);
      if (!Number.isSafeInteger(sum)) return '-ERR value is not an integer or out of range\r\n';
      fields.set(field, String(sum));
      return `:${sum}\r\n`;
    }
    case 'HGETALL': {
      const pairs = [...(liveEntry(key)?.fields ?? [])].flat();
      return `*${pairs.length}\r\n${pairs.map(bulk).join('')}`;
    }
    case 'EXPIRE': {
      const entry = liveEntry(key);
      if (entry !== undefined) entry.expiresAtMs = performance.now() + Number(field) * 1000;
      return entry === undefined ? ':0\r\n' : ':1\r\n';
    }
    case 'DEL':
      return `:${args.filter((name) => entries.delete(name)).length}\r\n`;
    default:
      return `-ERR unknown command '${command}'\r\n`;
  }
}

function bulk(text: string): string {
  return `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
}

const sockets = new Set<Socket>();
const server = createServer((socket) => {
  sockets.add(socket);
  let pending: Buffer = Buffer.alloc(0);
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('close', () => sockets.delete(socket));
  socket.on('data', (chunk: Buffer) => {
    const decoded = decodeCommands(Buffer.concat([pending, chunk]));
    if (decoded === undefined) {
      socket.end('-ERR Protocol error\r\n');
      return;
    }
    pending = decoded.rest;
    for (const [command = '', ...args] of decoded.commands)
      socket.write(execute(command.toUpperCase(), args));
  });
});
liveAsChild(async () => {
  server.close();
  for (const socket of sockets) socket.destroy();
});
server.listen(0, '127.0.0.1', () => {
  sayReady(`redis://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
