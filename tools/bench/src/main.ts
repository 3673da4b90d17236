// The entry of `npm run bench`: measures the program, or loads any OTLP address.

const [command, ...rest] = process.argv.slice(2);
if (command === 'load') {
  const { loadCommand } = await import('./load/load-command.ts');
  process.exitCode = await loadCommand(rest);
} else {
  const { benchCommand } = await import('./bench-command.ts');
  process.exitCode = await benchCommand(process.argv.slice(2));
}
