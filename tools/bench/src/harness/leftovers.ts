// What must not outlive the bench: processes and temporary folders. They are normally cleaned up where they were
// made; this is for the ways out that skip that code, such as a second Ctrl-C or an error nobody caught.

import { rmSync } from 'node:fs';

const processGroups = new Set<number>();
const folders = new Set<string>();

export function registerGroup(pid: number): void {
  processGroups.add(pid);
}

export function forgetGroup(pid: number): void {
  processGroups.delete(pid);
}

export function registerFolder(folder: string): void {
  folders.add(folder);
}

export function forgetFolder(folder: string): void {
  folders.delete(folder);
}

/** Kills and deletes at once whatever is still registered. */
export function removeLeftovers(): void {
  for (const pid of processGroups) killGroup(pid);
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  processGroups.clear();
  folders.clear();
}

/** Kills a process together with those it started; it is the leader of its group because it was spawned detached. */
export function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody of that group is left.
  }
}
