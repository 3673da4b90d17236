import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bareName, createRequestGuard, isLoopback } from './request-guard.ts';

const NONE = { allowedHosts: [], allowedOrigins: [] };

test('on loopback only loopback names and addresses are own names', () => {
  const guard = createRequestGuard({ listenHost: '127.0.0.1', ...NONE });
  for (const host of [
    'localhost',
    'LOCALHOST:4318',
    'api.localhost',
    '127.0.0.1:1',
    '[::1]:4318',
    '10.0.0.5',
    undefined,
  ])
    assert.ok(guard(host, undefined).ok, String(host));
  for (const host of [
    'attacker.example',
    'localhost.attacker.example',
    'machine',
    'machine.local',
    '127.0.0.1.attacker.example',
    'localhost@attacker.example',
    'local host',
    '',
    '[::1',
    'a:b:c',
    'localhost:port',
  ])
    assert.ok(!guard(host, undefined).ok, host);
});

test('a server that others reach answers to private names too, and to those it is told', () => {
  const guard = createRequestGuard({
    listenHost: '0.0.0.0',
    allowedHosts: ['traces.example.com', '*.corp.example', '.lab.example', 'Upper.Example:80'],
    allowedOrigins: [],
  });
  for (const host of [
    'tracewright:4318',
    'tracewright.observability.svc',
    'tracewright.ns.svc.cluster.local',
    'nas.local',
    'traces.example.com.',
    'a.b.corp.example',
    'x.lab.example',
    'upper.example',
  ])
    assert.ok(guard(host, undefined).ok, String(host));
  for (const host of ['example.com', 'corp.example', 'xcorp.example', 'traces.example.com.attacker.example'])
    assert.ok(!guard(host, undefined).ok, host);
});

test('the configured host is an own name, and a star allows all', () => {
  assert.ok(createRequestGuard({ listenHost: 'traces.example', ...NONE })('traces.example:1', undefined).ok);
  const all = createRequestGuard({ listenHost: '127.0.0.1', allowedHosts: ['*'], allowedOrigins: ['*'] });
  assert.deepEqual(all('any.example', 'https://other.example'), {
    ok: true,
    crossOrigin: 'https://other.example',
  });
});

test('origins: none and the same host pass, listed ones pass and are named, all others are refused', () => {
  const guard = createRequestGuard({
    listenHost: '127.0.0.1',
    allowedHosts: [],
    allowedOrigins: [
      'http://localhost:*',
      'https://shop.example/',
      'https://*.app.example',
      'http://[::1]:*',
    ],
  });
  const verdict = (origin: string | undefined): string | false | undefined => {
    const result = guard('localhost:4318', origin);
    return result.ok ? result.crossOrigin : false;
  };
  for (const same of [undefined, 'http://localhost:4318', 'https://LOCALHOST:4318'])
    assert.equal(verdict(same), undefined, String(same));
  for (const listed of [
    'http://localhost',
    'http://localhost:3000',
    'https://shop.example',
    'https://a.b.app.example',
    'http://[::1]:80',
  ])
    assert.equal(verdict(listed), listed);
  for (const foreign of [
    'null',
    '',
    'https://localhost:3000',
    'http://localhost.attacker.example',
    'http://localhost:3000.attacker.example',
    'http://localhost:123456',
    'https://shopxexample',
    'https://shop.example:444',
    'https://app.example',
    'https://attacker.example/x.app.example',
    'http://a.app.example',
  ])
    assert.equal(verdict(foreign), false, foreign);
});

test('a refusal says what to do, and does not repeat long input', () => {
  const guard = createRequestGuard({ listenHost: '127.0.0.1', ...NONE });
  const host = guard('evil.example', undefined);
  assert.ok(!host.ok);
  assert.match(host.failure.message, /"evil\.example".*listen\.allowedHosts/);
  const origin = guard('localhost', `http://${'x'.repeat(5000)}`);
  assert.ok(!origin.ok);
  assert.ok(origin.failure.message.length < 300);
});

test('bare names', () => {
  assert.equal(bareName('Name.Example:80'), 'name.example');
  assert.equal(bareName('[FE80::1]:80'), 'fe80::1');
  assert.equal(bareName('fe80::1'), 'fe80::1');
  assert.equal(bareName('a b'), undefined);
  assert.ok(isLoopback('127.1.2.3') && !isLoopback('128.0.0.1') && !isLoopback('127.example'));
});
