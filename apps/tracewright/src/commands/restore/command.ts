/** `tracewright restore`: a data folder out of a backup. */
import { type Command, defineCommand, jsonOption } from '../../cli/command.ts';

const options = {
  data: {
    kind: 'path',
    flag: '--data',
    placeholder: 'folder',
    summary: 'Data folder to make; the usual one if absent.',
    complete: 'file',
  },
  force: {
    kind: 'boolean',
    flag: '--force',
    summary: 'Also where there is data already, which is put aside in the folder and not deleted.',
  },
  copy: {
    kind: 'boolean',
    flag: '--copy',
    summary: 'Copy everything: without it, files on the same disk as the backup are linked to it.',
  },
  withoutLost: {
    kind: 'boolean',
    flag: '--without-lost',
    summary:
      'Of a backup that left what is cold in its bucket: restore without what the bucket no longer has.',
  },
} as const;

export type RestoreOptions = typeof options & typeof jsonOption;

export const restoreCommand: Command = defineCommand<RestoreOptions>(
  {
    name: 'restore',
    summary: 'Make a data folder out of a backup.',
    description:
      'Every file is verified by its checksum. The folder must be empty, and no server may use it. A restore that is cut short is begun anew by the same command; until then no server starts on the folder.',
    examples: [
      {
        line: 'tracewright restore /backup/monday --data ./traces',
        about: 'then "tracewright serve --data ./traces"',
      },
      {
        line: 'tracewright restore /backup/monday --data ./traces --force',
        about: 'in the place of what is there',
      },
    ],
    class: 'artifact',
    arguments: [{ name: 'backup', summary: 'Folder that "tracewright backup" made.', complete: 'file' }],
    options: { ...options, ...jsonOption },
  },
  async () => (await import('./run.ts')).runRestore,
);
