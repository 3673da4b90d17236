// The entry of `npm run bench`: measures the program, loads any OTLP address, fills a
// data folder, or joins saved reports.

const [command, ...rest] = process.argv.slice(2);
if (command === 'load') {
  const { loadCommand } = await import('./load/load-command.ts');
  process.exitCode = await loadCommand(rest);
} else if (command === 'build') {
  const { buildCommand } = await import('./store/build-command.ts');
  process.exitCode = await buildCommand(rest);
} else if (command === 'report') {
  const { reportCommand } = await import('./report/report-command.ts');
  process.exitCode = reportCommand(rest);
} else {
  const { benchCommand } = await import('./bench-command.ts');
  process.exitCode = await benchCommand(process.argv.slice(2));
}
