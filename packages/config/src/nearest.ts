/**
 * The known name that someone most likely meant by an unknown one.
 *
 * Case and separators do not count, since `memory_max`, `memory-max` and `memoryMax` are one intention. A
 * single part written without its section (`host` for `listen.host`) is recognised too.
 */

/** The nearest of `known`, or undefined when nothing is near enough to be worth saying. */
export function nearestName(unknown: string, known: Iterable<string>): string | undefined {
  const wanted = plain(unknown);
  let best: string | undefined;
  let bestScore = Number.POSITIVE_INFINITY;
  for (const name of known) {
    const whole = editDistance(wanted, plain(name));
    const lastDot = name.lastIndexOf('.');
    // Half a point: of two equally near names the whole match wins over the last part.
    const last = lastDot < 0 ? whole : editDistance(wanted, plain(name.slice(lastDot + 1))) + 0.5;
    const score = Math.min(whole, last);
    if (score < bestScore) {
      best = name;
      bestScore = score;
    }
  }
  return bestScore <= Math.max(1.5, wanted.length / 3) ? best : undefined;
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[-_ ]/g, '');
}

/** Insertions, deletions, replacements and swaps of neighbours that turn one text into the other. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let least = Math.min(replace, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, (beforeLast[j - 2] ?? 0) + 1);
      row.push(least);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
