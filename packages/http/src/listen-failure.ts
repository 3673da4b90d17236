/**
 * Why a port cannot be had, in one sentence that names the port, the setting that decides it, and, where the
 * system tells, who holds it.
 */
import { type Failure, failure } from '@tracewright/std';
import { findPortHolder } from './port-holder.ts';

export type WantedPort = {
  readonly host: string;
  readonly port: number;
  /** The configuration key as the user writes it. */
  readonly portSetting: string;
};

export async function listenFailure(error: NodeJS.ErrnoException, wanted: WantedPort): Promise<Failure> {
  const { host, port, portSetting } = wanted;
  const place = `Cannot listen on ${host.includes(':') ? `[${host}]` : host}:${port} (setting ${portSetting})`;
  const say = (reason: string): Failure => failure('unavailable', `${place}: ${reason}`, { cause: error });
  switch (error.code) {
    case 'EADDRINUSE': {
      const holder = await findPortHolder(port);
      if (holder === undefined) return say('the port is in use');
      if (holder.pid === process.pid) return say('another part of this program already listens there');
      return say(`the port is in use by ${holder.command} (process ${holder.pid})`);
    }
    case 'EACCES':
      return say('this user may not open the port; ports below 1024 are often reserved');
    case 'EADDRNOTAVAIL':
      return say(`${host} is no address of this machine (setting listen.host)`);
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return say(`the name ${host} resolves to no address (setting listen.host)`);
    default:
      return say(error.message);
  }
}
