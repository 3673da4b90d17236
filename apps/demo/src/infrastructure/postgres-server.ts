// Puts an embedded PostgreSQL behind PostgreSQL's own network protocol, for many connections at once.
//
// The database has one session, so connections take turns: one that begins to send has the session for itself until
// the database says that it is ready for the next query and in no transaction. Only then may another's messages
// follow, so that the parts of a query (parse, bind, execute, sync), and the queries of a transaction, never mix
// with those of another connection. A connection that breaks within its turn is rolled back.

import { createServer, type Server, type Socket } from 'node:net';

/** The embedded database: takes the bytes of one client message, gives the bytes of the answer. */
export interface MessageExecutor {
  execProtocolRaw(message: Uint8Array): Promise<Uint8Array>;
}

const sslRequest = 80_877_103;
const gssRequest = 80_877_104;
const cancelRequest = 80_877_102;
const messageBytesMax = 16 * 1024 * 1024;
const rollback = Buffer.concat([Buffer.from('Q'), Buffer.from([0, 0, 0, 13]), Buffer.from('ROLLBACK\0')]);

/** Creates the server; it does not listen yet. Closing it ends all connections. */
export function createPostgresServer(database: MessageExecutor): {
  server: Server;
  close: () => Promise<void>;
} {
  const sockets = new Set<Socket>();
  let lastTurn: Promise<void> = Promise.resolve();
  /** Waits for the session; the function it gives ends the turn. */
  const takeTurn = (): Promise<() => void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const before = lastTurn;
    lastTurn = before.then(() => promise);
    return before.then(() => resolve);
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => sockets.delete(socket));
    serve(socket, database, takeTurn).catch(() => socket.destroy());
  });
  const close = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return { server, close };
}

async function serve(
  socket: Socket,
  database: MessageExecutor,
  takeTurn: () => Promise<() => void>,
): Promise<void> {
  let endTurn: (() => void) | undefined;
  let isStarted = false;
  let pending: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      pending = Buffer.concat([pending, chunk]);
      for (;;) {
        const message = firstMessage(pending, isStarted);
        if (message === undefined) break;
        pending = pending.subarray(message.length);
        const code = isStarted ? undefined : message.readUInt32BE(4);
        if (code === cancelRequest) return;
        if (code === sslRequest || code === gssRequest) {
          socket.write('N');
          continue;
        }
        isStarted = true;
        if (message[0] === 'X'.charCodeAt(0)) return;
        endTurn ??= await takeTurn();
        const answer = await database.execProtocolRaw(message);
        socket.write(answer);
        if (isReadyOutsideTransaction(answer)) {
          endTurn();
          endTurn = undefined;
        }
      }
    }
  } finally {
    if (endTurn !== undefined) {
      await database.execProtocolRaw(rollback).catch(() => {});
      endTurn();
    }
    socket.destroy();
  }
}

/** The first complete message; the very first of a connection has no type before its length. */
function firstMessage(bytes: Buffer, isStarted: boolean): Buffer | undefined {
  const lengthAt = isStarted ? 1 : 0;
  if (bytes.length < lengthAt + 4) return undefined;
  const length = lengthAt + bytes.readUInt32BE(lengthAt);
  if (length > messageBytesMax) throw new Error(`a message of ${length} bytes is too long`);
  if (length < (isStarted ? 5 : 8)) throw new Error(`a message of ${length} bytes is too short`);
  return bytes.length < length ? undefined : bytes.subarray(0, length);
}

/** True when the answer ends with ReadyForQuery and the status `I`, idle. */
function isReadyOutsideTransaction(answer: Uint8Array): boolean {
  const ready = [0x5a, 0, 0, 0, 5, 'I'.charCodeAt(0)];
  const end = answer.subarray(-ready.length);
  return end.length === ready.length && ready.every((byte, index) => end[index] === byte);
}
