/**
 * The commented sample that `config init` writes.
 *
 * Sentences begin with "# ", settings with "#" alone: deleting that one character puts a setting into force.
 * Uncommented, the sample says exactly the defaults.
 */
import type { SettingEntry, Settings } from './define-settings.ts';
import { expectation, printValue } from './parse-value.ts';
import type { Setting } from './setting.ts';

export function sampleFile(settings: Settings): string {
  const { program, fileName, envPrefix } = settings;
  const lines = [
    `# ${fileName}: settings of ${program}.`,
    '#',
    '# Every setting is shown, with its default or an example. To change one, delete the # in front of it.',
    `# Each may also be given as an environment variable (${envPrefix}...) or as a flag`,
    '# (--section.key value); a flag wins over the environment, the environment over this file.',
  ];
  const opened = new Set(['']);
  for (const entry of settings.entries) {
    openSections(settings, entry, opened, lines);
    const indent = '  '.repeat(entry.path.length - 1);
    const { setting } = entry;
    for (const sentence of [setting.summary, setting.detail, hint(entry)])
      if (sentence !== undefined)
        for (const line of wrap(sentence, 100 - indent.length)) lines.push(`${indent}# ${line}`);
    lines.push(`${indent}#${entry.path.at(-1)}: ${yamlValue(entry)}`);
  }
  return `${lines.join('\n')}\n`;
}

function openSections(settings: Settings, entry: SettingEntry, opened: Set<string>, lines: string[]): void {
  for (let depth = 1; depth < entry.path.length; depth++) {
    const key = entry.path.slice(0, depth).join('.');
    if (opened.has(key)) continue;
    opened.add(key);
    const indent = '  '.repeat(depth - 1);
    lines.push('');
    const about = settings.sections.find((section) => section.key === key)?.about ?? '';
    if (about !== '') for (const line of wrap(about, 100 - indent.length)) lines.push(`${indent}# ${line}`);
    lines.push(`${indent}${entry.path[depth - 1]}:`);
  }
}

function hint({ setting }: SettingEntry): string | undefined {
  const example = setting.example === undefined ? '' : ` Example: ${setting.example}.`;
  const words =
    setting.kind === 'string' || setting.kind === 'list' ? '' : `${sentence(expectation(setting))}.`;
  const text = `${words}${example}`.trim();
  return text === '' ? undefined : text;
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function yamlValue({ setting, defaultValue }: SettingEntry): string {
  if (setting.kind === 'list') {
    const items = typeof defaultValue === 'object' ? defaultValue : [];
    return `[${items.map((item) => yamlText(setting, item)).join(', ')}]`;
  }
  // A secret, and a path that only the machine knows, have no default to show: an example stands there instead.
  if (setting.kind === 'secret') return 'change-me';
  if (defaultValue === '' && setting.kind === 'path') return yamlText(setting, setting.example ?? './data');
  return yamlText(setting, printValue(setting, defaultValue));
}

function yamlText(setting: Setting, text: string): string {
  const bare = /^[A-Za-z0-9_./-][A-Za-z0-9_./:-]*$/.test(text) && !text.endsWith(':');
  return bare || setting.kind === 'boolean' ? text : JSON.stringify(text);
}

export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return line === '' ? lines : [...lines, line];
}
