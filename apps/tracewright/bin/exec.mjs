/**
 * Hands this process over to another program.
 *
 * Where Node can, the process is replaced, so that nothing stands between the caller and the program. Where it
 * cannot (Node 20), the program is a child that gets the same terminal, every signal, and whose end is ours:
 * same exit code, or death by the same signal.
 */
import { spawn } from 'node:child_process';

const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'];

/**
 * Never returns to its caller where the process can be replaced; otherwise resolves never and exits.
 * @param {string} file
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 */
export function replaceBy(file, args, options = {}) {
  const env = options.env ?? process.env;
  if (options.cwd !== undefined) process.chdir(options.cwd);
  if (typeof process.execve === 'function') {
    process.removeAllListeners('warning');
    process.execve(file, [file, ...args], env);
  }
  const child = spawn(file, args, { stdio: 'inherit', env });
  for (const signal of forwarded) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(`Cannot run ${file}: ${error.message}\n`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
