/**
 * Terminal: all that a command may touch of the process it runs in. Tests hand in their own.
 *
 * Data goes to stdout, everything said about it to stderr. What is not a terminal gets plain text.
 */
export interface Output {
  write(text: string): void;
  readonly isTty: boolean;
  /** Undefined where there is no window. */
  readonly columns: number | undefined;
}

export interface Terminal {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  nowMs(): number;
  /** Aborted by Ctrl-C. Only a command that asks for it takes over the signal. */
  interrupted(): AbortSignal;
  /** Resolves once stdout can take more, or its reader is gone. */
  drained(): Promise<void>;
}

export const colourModes = ['auto', 'always', 'never'] as const;
export type ColourMode = (typeof colourModes)[number];

/** How many colours may be used: none, the 16 of every terminal, or the palette of 256. */
export type ColourDepth = 0 | 16 | 256;

/**
 * The flag decides; then FORCE_COLOR and CLICOLOR_FORCE, which someone sets for one purpose; then NO_COLOR;
 * then whether a terminal listens.
 */
export function colourDepth(mode: ColourMode, env: Terminal['env'], isTty: boolean): ColourDepth {
  const term = env['TERM'] ?? '';
  const rich: ColourDepth =
    /256|direct|kitty|ghostty|alacritty/.test(term) || isSet(env['COLORTERM']) ? 256 : 16;
  if (mode !== 'auto') return mode === 'always' ? rich : 0;
  const force = env['FORCE_COLOR'];
  if (force !== undefined)
    return force === '0' || force === 'false' ? 0 : force === '2' || force === '3' ? 256 : rich;
  if (isSet(env['CLICOLOR_FORCE']) && env['CLICOLOR_FORCE'] !== '0') return rich;
  if (isSet(env['NO_COLOR']) || env['CLICOLOR'] === '0' || term === 'dumb') return 0;
  return isTty ? rich : 0;
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}

/** Whether more than ASCII can be shown; only a locale that says otherwise, or a dumb terminal, forbids it. */
export function hasUnicode(env: Terminal['env']): boolean {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  return env['TERM'] !== 'dumb' && locale !== 'C' && locale !== 'POSIX';
}
