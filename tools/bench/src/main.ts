// The entry of `npm run bench`: measures the program, loads any OTLP address, or fills a data folder.

const [command, ...rest] = process.argv.slice(2);
if (command === 'load') {
  const { loadCommand } = await import('./load/load-command.ts');
  process.exitCode = await loadCommand(rest);
} else if (command === 'build') {
  const { buildCommand } = await import('./store/build-command.ts');
  process.exitCode = await buildCommand(rest);
} else {
  const { benchCommand } = await import('./bench-command.ts');
  process.exitCode = await benchCommand(process.argv.slice(2));
}
