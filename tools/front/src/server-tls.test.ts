/** The engine over TLS, and the words for an address whose scheme, name or authority is wrong. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer as createPlainServer } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createServer, type Server } from 'node:tls';
import { createServerEngine } from '@tracewright/storage';
import { type Fronts, PASSWORD, startFronts, USER } from './testing-store.ts';

const skip =
  spawnSync('openssl', ['version']).status !== 0 && 'there is no openssl to make a certificate with';

let fronts: Fronts;
let door: Server;
let caCert: Buffer;
/** Of the front itself, and of the TLS before it; the certificate is for localhost. */
let [plainPort, tlsPort] = [0, 0];

before(async () => {
  if (skip !== false) return;
  fronts = await startFronts(1);
  plainPort = Number(new URL(fronts.fronts[0]?.url ?? '').port);
  const [key, cert] = ['key.pem', 'cert.pem'].map((name) => join(fronts.folder, name)) as [string, string];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', cert, ...names],
    { stdio: 'ignore' },
  );
  caCert = readFileSync(cert);
  door = createServer({ key: readFileSync(key), cert: caCert }, (socket) => {
    const inner = connect(plainPort, '127.0.0.1');
    socket.pipe(inner).pipe(socket);
    socket.on('error', () => inner.destroy());
    inner.on('error', () => socket.destroy());
  });
  door.listen(0, '127.0.0.1');
  await once(door, 'listening');
  const address = door.address();
  tlsPort = typeof address === 'object' && address !== null ? address.port : 0;
});
after(async () => {
  door?.close();
  await fronts?.[Symbol.asyncDispose]();
});

/** What comes of a first try: undefined when the engine is ready. */
async function greet(url: string, trust?: Buffer): Promise<string | undefined> {
  await using engine = createServerEngine({
    name: 'the server',
    urls: [url],
    username: USER,
    password: PASSWORD,
    compression: 'none',
    dialect: { database: 'tracewright', tables: { kind: 'plain' } },
    ...(trust === undefined ? {} : { caCert: trust }),
  });
  const started = await engine.start();
  return started.ok ? undefined : started.failure.message;
}

test('a server behind TLS is used when its authority is named', { skip }, async () => {
  assert.equal(await greet(`https://localhost:${tlsPort}`, caCert), undefined);
});

test('a wrong scheme, name or authority is said in words that name the setting', { skip }, async () => {
  const cases: readonly [string, Buffer | undefined, RegExp][] = [
    [
      `https://localhost:${plainPort}`,
      caCert,
      /storage\.url says https there, and the port speaks plain HTTP/,
    ],
    [`http://localhost:${tlsPort}`, undefined, /one for TLS \(8443 as a rule\) write https/],
    [`https://localhost:${tlsPort}`, undefined, /name the authority in storage\.server\.caFile/],
    [`https://127.0.0.1:${tlsPort}`, caCert, /certificate is not for 127\.0\.0\.1/],
  ];
  for (const [url, trust, words] of cases) {
    const said = (await greet(url, trust)) ?? 'nothing';
    assert.match(said, words);
    assert.doesNotMatch(said, /SSL routines|EPROTO|error:/);
  }
});

test('what is no HTTP at all is told from a server that dies', { skip }, async () => {
  const other = createPlainServer((socket) => socket.end('220 ready\r\n'));
  other.listen(0, '127.0.0.1');
  await once(other, 'listening');
  const address = other.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  try {
    assert.match(
      (await greet(`http://127.0.0.1:${port}`)) ?? '',
      /storage\.url says http there, and what the port speaks is no HTTP/,
    );
  } finally {
    other.close();
  }
});
