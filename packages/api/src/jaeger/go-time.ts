/** `time.Time.String` of a UTC time: `2023-11-14 22:13:20.5 +0000 UTC`. */
export function printGoTime(unixNano: bigint): string {
  const date = new Date(Number(unixNano / 1_000_000n));
  const seconds = date.toISOString().slice(0, 19).replace('T', ' ');
  const fraction = (unixNano % 1_000_000_000n).toString().padStart(9, '0').replace(/0+$/, '');
  return `${seconds}${fraction === '' ? '' : `.${fraction}`} +0000 UTC`;
}
