/** `tracewright backup`: a copy of all data, while the server runs or not. */
import { type Command, dataOption, defineCommand, jsonOption, serverOptions } from '../../cli/command.ts';

const options = {
  base: {
    kind: 'path',
    flag: '--base',
    placeholder: 'backup',
    summary: 'An earlier backup on the same disk: what did not change is linked to it and takes no space.',
    complete: 'file',
  },
  copy: {
    kind: 'boolean',
    flag: '--copy',
    summary: 'Copy everything: without it, files on the same disk as the data are linked to them.',
  },
  leaveCold: {
    kind: 'boolean',
    flag: '--leave-cold',
    summary:
      'Leave what is cold in its bucket and note which objects it is: a restore then needs that bucket.',
  },
} as const;

export type BackupOptions = typeof dataOption & typeof options & typeof jsonOption & typeof serverOptions;

export const backupCommand: Command = defineCommand<BackupOptions>(
  {
    name: 'backup',
    summary: 'Copy all data to a folder, while the server runs.',
    description:
      'All that was acknowledged before the command began is in the backup, once. The folder has its name only when it is complete: one that was cut short ends in .partial. The command runs on the machine of the server.',
    examples: [
      { line: 'tracewright backup /backup/monday', about: 'of the running server' },
      {
        line: 'tracewright backup /backup/tuesday --base /backup/monday',
        about: 'only what is new takes space',
      },
      { line: 'tracewright backup /backup/now --data ./traces', about: 'of a folder that no server uses' },
      { line: 'tracewright backup /backup/hot --leave-cold', about: 'without fetching what is in a bucket' },
    ],
    class: 'artifact',
    arguments: [{ name: 'destination', summary: 'Folder to make; it must not exist.', complete: 'file' }],
    options: { ...dataOption, ...options, ...jsonOption, ...serverOptions },
  },
  async () => (await import('./run.ts')).runBackup,
);
