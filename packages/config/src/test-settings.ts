/** A small tree that the tests of this room share; it has one setting of each interesting kind. */
import { defineSettings, type Settings } from './define-settings.ts';

const tree = {
  listen: {
    $about: 'Where the listeners bind.',
    host: { kind: 'host', default: '127.0.0.1', summary: 'Address of the listeners.', alias: '--host' },
    allowedHosts: { kind: 'list', default: [], summary: 'Further names.', example: 'a.example' },
  },
  auth: { token: { kind: 'secret', summary: 'Bearer token.' } },
  storage: {
    $about: 'Where data lies.',
    path: {
      kind: 'path',
      default: '',
      defaultText: 'the data folder',
      summary: 'The folder.',
      alias: '--data',
    },
    memoryMax: { kind: 'bytes', default: '1.5GiB', min: '256MiB', summary: 'Memory.' },
    retention: { age: { kind: 'duration', default: '14d', summary: 'How long data stays.' } },
  },
  wal: { sync: { kind: 'enum', values: ['none', 'group'], default: 'none', summary: 'When to sync.' } },
  api: {
    enabled: { kind: 'boolean', default: true, summary: 'Whether to answer.' },
    port: { kind: 'port', default: 16686, summary: 'The port.' },
  },
} as const;

export const testSettings: Settings<typeof tree> = defineSettings(
  { program: 'Tracewright', fileName: 'tracewright.yaml', envPrefix: 'TRACEWRIGHT_' },
  tree,
);
