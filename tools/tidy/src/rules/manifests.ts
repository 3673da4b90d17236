/**
 * Manifests and the lock file: a package declares what it imports, the lock file agrees with the manifests,
 * names no registry, and lists every platform of what the program runs on.
 */
import { isBuiltin } from 'node:module';
import type { Finding } from '../finding.ts';
import {
  isSource,
  isTest,
  type Manifest,
  type Repository,
  readManifest,
  workspaceOf,
} from '../repository.ts';

const rule = 'manifests';

type LockEntry = Manifest & { readonly resolved?: string; readonly link?: boolean };

const kinds = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'] as const;

/** Packages whose optional dependencies carry one platform each, all of which must be in the lock file. */
const perPlatform = ['apps/tracewright', 'node_modules/chdb'];

export function checkManifests(repository: Repository): Finding[] {
  return [...checkDeclared(repository), ...checkLock(repository)];
}

/** Each package that a source imports stands in its own workspace's manifest, not only in somebody else's. */
function checkDeclared(repository: Repository): Finding[] {
  const findings: Finding[] = [];
  for (const file of repository.files.filter(isSource)) {
    const folder = workspaceOf(file);
    if (folder === undefined) continue;
    const manifest = readManifest(repository, folder);
    const declared = new Set([manifest.name, ...kinds.flatMap((kind) => Object.keys(manifest[kind] ?? {}))]);
    for (const { specifier, line } of repository.module(file).imports) {
      if (/^[./#]/.test(specifier) || /^(?:data|file):/.test(specifier) || isBuiltin(specifier)) continue;
      const name = specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/');
      if (declared.has(name)) continue;
      const where = isTest(file) ? 'devDependencies' : 'dependencies';
      findings.push({
        rule,
        file,
        line,
        message: `${name} is not declared: add it to ${where} of ${folder}/package.json`,
      });
    }
  }
  return findings;
}

function checkLock(repository: Repository): Finding[] {
  const file = 'package-lock.json';
  if (!repository.has(file)) return [{ rule, file, message: 'is missing: run npm install' }];
  const text = repository.read(file);
  const { packages = {} } = JSON.parse(text) as { packages?: Record<string, LockEntry> };
  const findings: Finding[] = [];
  text.split('\n').forEach((line, index) => {
    // A link to a workspace has a path here, everything else would have an address.
    if (!/"resolved": "[a-z+]+:/.test(line)) return;
    const message =
      'names a registry: set omit-lockfile-registry-resolved=true in .npmrc and write the lock file anew';
    findings.push({ rule, file, line: index + 1, message });
  });
  const folders = ['', ...new Set(repository.files.map(workspaceOf).filter((one) => one !== undefined))];
  for (const folder of folders) {
    const path = folder === '' ? 'package.json' : `${folder}/package.json`;
    if (!repository.has(path)) continue;
    const manifest = readManifest(repository, folder);
    for (const kind of kinds) {
      const locked = packages[folder]?.[kind] ?? {};
      for (const [name, range] of Object.entries(manifest[kind] ?? {})) {
        if (locked[name] === range) continue;
        findings.push({
          rule,
          file: path,
          message: `${name} ${range} is not in the lock file: run npm install`,
        });
      }
      for (const name of Object.keys(locked)) {
        if (manifest[kind]?.[name] !== undefined) continue;
        findings.push({
          rule,
          file,
          message: `${folder || 'the root'} no longer asks for ${name}: run npm install`,
        });
      }
    }
  }
  for (const path of perPlatform) {
    for (const name of Object.keys(packages[path]?.optionalDependencies ?? {})) {
      if (packages[`node_modules/${name}`] !== undefined) continue;
      const message = `lacks ${name}, so npm installs it on no machine: write the lock file anew without node_modules`;
      findings.push({ rule, file, message });
    }
  }
  return findings;
}
