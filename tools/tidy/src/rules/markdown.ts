/**
 * Links in Markdown lead somewhere: relative ones to a file or folder of the repository, those with an anchor to
 * a heading there. Addresses elsewhere are not asked for, since a check must not depend on the network.
 */
import { posix } from 'node:path';
import type { Finding } from '../finding.ts';
import type { Repository } from '../repository.ts';

const rule = 'links';

export function checkMarkdown(repository: Repository): Finding[] {
  const folders = new Set(repository.files.flatMap(parents));
  const findings: Finding[] = [];
  for (const file of repository.files) {
    if (!file.endsWith('.md') || file.startsWith('fixtures/')) continue;
    for (const { target, line } of linksOf(repository.read(file))) {
      if (/^[a-z][a-z+.-]*:|^\/\//i.test(target)) continue;
      const [path = '', anchor] = target.split('#');
      const to =
        path === '' ? file : posix.normalize(posix.join(posix.dirname(file), decodeURIComponent(path)));
      const folder = to.replace(/\/$/, '');
      if (!repository.has(to) && !folders.has(folder) && folder !== '.') {
        findings.push({ rule, file, line, message: `${target} leads nowhere: correct the path` });
      } else if (anchor !== undefined && to.endsWith('.md') && !anchorsOf(repository.read(to)).has(anchor)) {
        findings.push({ rule, file, line, message: `${target} names no heading there: correct the anchor` });
      }
    }
  }
  return findings;
}

function parents(path: string): string[] {
  const folder = posix.dirname(path);
  return folder === '.' ? [] : [folder, ...parents(folder)];
}

/** Targets of inline links, images and reference definitions, outside of code. */
function linksOf(text: string): { target: string; line: number }[] {
  const links: { target: string; line: number }[] = [];
  for (const { line, content } of proseOf(text)) {
    const definition = /^\s{0,3}\[[^\]]+\]:\s+<?([^\s>]+)/.exec(content)?.[1];
    if (definition !== undefined) links.push({ target: definition, line });
    for (const match of content.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+["'][^)]*)?\)/g)) {
      if (match[1] !== undefined) links.push({ target: match[1], line });
    }
  }
  return links;
}

/** The anchors that a page's headings get, and those it sets itself. */
function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  const seen = new Map<string, number>();
  for (const { content } of proseOf(text, true)) {
    for (const match of content.matchAll(/<a\s+(?:id|name)="([^"]+)"/g)) if (match[1]) anchors.add(match[1]);
    const heading = /^#{1,6}\s+(.+?)\s*#*$/.exec(content)?.[1];
    if (heading === undefined) continue;
    const slug = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-');
    const before = seen.get(slug) ?? 0;
    seen.set(slug, before + 1);
    anchors.add(before === 0 ? slug : `${slug}-${before}`);
  }
  return anchors;
}

/** A page's lines outside of fenced code, with code spans blanked unless `keepSpans`. */
function proseOf(text: string, keepSpans = false): { line: number; content: string }[] {
  let fence: string | undefined;
  return text.split('\n').flatMap((content, index) => {
    const mark = /^\s*(`{3,}|~{3,})/.exec(content)?.[1];
    if (fence !== undefined) {
      if (mark?.startsWith(fence)) fence = undefined;
      return [];
    }
    if (mark !== undefined) {
      fence = mark;
      return [];
    }
    return [{ line: index + 1, content: keepSpans ? content : content.replace(/`[^`]*`/g, '') }];
  });
}
