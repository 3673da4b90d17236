/**
 * Import arrows: between rooms as the table allows, between siblings never, across a package's border only by
 * its name, and no `export *`.
 */
import { posix } from 'node:path';
import { arrows, siblingRooms } from '../arrows.ts';
import type { Finding } from '../finding.ts';
import { isSource, isTest, type Repository, readManifest, workspaceOf } from '../repository.ts';

const rule = 'imports';

export function checkImports(repository: Repository): Finding[] {
  const rooms = workspaceNames(repository);
  const findings: Finding[] = [];
  for (const file of repository.files.filter(isSource)) {
    const room = workspaceOf(file);
    if (room === undefined) continue;
    const allowed = arrows[room];
    if (allowed === undefined) {
      const message = `${room} has no row in tools/tidy/src/arrows.ts: add one that says what it may import`;
      findings.push({ rule, file, message });
      continue;
    }
    const facts = repository.module(file);
    if (facts.parseErrorLine !== undefined) {
      findings.push({ rule, file, line: facts.parseErrorLine, message: 'does not parse: repair the syntax' });
    }
    for (const { specifier, line, exportsAll } of facts.imports) {
      const found = (message: string): void => void findings.push({ rule, file, line, message });
      if (exportsAll) found(`export * from '${specifier}': name what is exported`);
      const target: string | undefined = specifier.startsWith('.')
        ? checkRelative(file, room, specifier, found)
        : roomOf(specifier, rooms);
      if (target === undefined || target === room || allowed.includes(target)) continue;
      if (target === 'apps/tracewright')
        found('nothing imports apps/tracewright: move what is shared into a package');
      else found(`${room} must not import ${target} (tools/tidy/src/arrows.ts): hand it in, or move it down`);
    }
  }
  return findings;
}

/** Checks one relative import; returns the other room that it reaches into, if it does. */
function checkRelative(
  file: string,
  room: string,
  specifier: string,
  found: (message: string) => void,
): string | undefined {
  if (/^(?:\.\.\/){3}/.test(specifier))
    found(`'${specifier}' climbs three folders: import by package name, or move`);
  const target = posix.join(posix.dirname(file), specifier);
  if (!target.startsWith(`${room}/`)) {
    found(`'${specifier}' leaves ${room}: import the other package by its name`);
    return workspaceOf(target);
  }
  const shared = siblingRooms[room];
  if (shared !== undefined && !isTest(file)) {
    const from = componentOf(file, room);
    const to = componentOf(target, room);
    if (from !== undefined && to !== undefined && from !== to && !shared.includes(to)) {
      found(
        `${from} imports its sibling ${to}: move what they share beside them, into ${[room, 'src', ...shared].join('/')}`,
      );
    }
  }
  return undefined;
}

/** The folder directly under a room's `src` that a file lies in. */
function componentOf(path: string, room: string): string | undefined {
  return /^src\/([^/]+)\//.exec(path.slice(room.length + 1))?.[1];
}

/** The room that a bare specifier names, if it is one of this repository's. */
function roomOf(specifier: string, rooms: ReadonlyMap<string, string>): string | undefined {
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
  return rooms.get(name);
}

/** Each workspace's package name and folder. */
function workspaceNames(repository: Repository): Map<string, string> {
  const names = new Map<string, string>();
  for (const file of repository.files) {
    const folder = workspaceOf(file);
    if (folder === undefined || file !== `${folder}/package.json`) continue;
    const { name } = readManifest(repository, folder);
    if (name !== undefined) names.set(name, folder);
  }
  return names;
}
