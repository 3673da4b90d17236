/** SyncFolder: makes names that came into a folder, or left it, survive a power cut. */
import { closeSync, fsyncSync, openSync } from 'node:fs';

export function syncFolder(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** The same where nothing is lost without it, so that a disk that refuses it stops nothing. */
export function trySyncFolder(path: string): void {
  try {
    syncFolder(path);
  } catch {
    // The name is there for everyone but a power cut, and that leaves the one before.
  }
}
