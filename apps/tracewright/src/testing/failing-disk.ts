/**
 * FailingDisk: loaded into the program under test with `--import`, it lets calls to the file system fail or wait, as the
 * file that FAILING_DISK names says at that moment. The program itself knows nothing of it.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/** What the file says; no file means that all is well. */
export type DiskOrder = { readonly syncFails?: boolean; readonly syncDelayMs?: number };

const { fdatasyncSync } = fs;

fs.fdatasyncSync = (descriptor) => {
  const order = readOrder();
  if (order.syncDelayMs !== undefined)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, order.syncDelayMs);
  if (order.syncFails === true)
    throw Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO', syscall: 'fdatasync' });
  fdatasyncSync(descriptor);
};
syncBuiltinESMExports();

function readOrder(): DiskOrder {
  try {
    return JSON.parse(fs.readFileSync(process.env['FAILING_DISK'] ?? '', 'utf8')) as DiskOrder;
  } catch {
    return {};
  }
}
