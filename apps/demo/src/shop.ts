// The whole shop: starts its processes, tells each of them where the others are and which faults are on, replaces
// processes as faults demand, restarts those that die, and stops them all. At every moment each service has a
// process that takes calls, or is being restarted.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Fault, type FaultName, findFault } from './faults.ts';
import type { Peers } from './process/messages.ts';
import {
  isStore,
  nodeServices,
  type PeerName,
  pythonService,
  type ServiceDefinition,
  type StoreName,
  stores,
} from './services.ts';
import { type ProcessCommand, type SupervisedProcess, startProcess } from './supervised-process.ts';

export interface ShopOptions {
  /** Where telemetry goes: an OTLP/HTTP base address. */
  readonly endpoint: string;
  /** Where the output of each process goes; it exists. */
  readonly logFolder: string;
  /** The Python that has the SDK; without it the shop has no recommendations. */
  readonly python: string | undefined;
  /** Called with a sentence when something happens that a person should know. */
  readonly tell: (sentence: string) => void;
}

interface Member {
  readonly peer: PeerName;
  readonly slot: 'main' | 'canary';
  readonly process: SupervisedProcess;
  address: string | undefined;
}

const restartsMax = 5;
const restartDelayMs = 500;

export class Shop {
  readonly #options: ShopOptions;
  readonly #faults = new Set<FaultName>();
  #members: Member[] = [];
  #restarts = 0;
  #stopping = false;
  #changes: Promise<void> = Promise.resolve();

  constructor(options: ShopOptions) {
    this.#options = options;
  }

  get faults(): readonly FaultName[] {
    return [...this.#faults];
  }

  /** The address of the frontend. It changes when the frontend is restarted. */
  get frontend(): string | undefined {
    return this.#addresses('frontend')[0];
  }

  /** True while no member is on its way up. */
  get isComplete(): boolean {
    return this.#members.every((member) => member.address !== undefined);
  }

  /** The members with their process ids, such as `payment 4711`. */
  get processes(): readonly string[] {
    return this.#members.map((member) => `${member.process.label} ${member.process.pid}`);
  }

  /** Starts everything at once; rejects when a member does not come up, after stopping the others. */
  async start(): Promise<void> {
    const services = this.#options.python === undefined ? nodeServices : [...nodeServices, pythonService];
    const names = [...services.map((service) => service.name), ...(Object.keys(stores) as StoreName[])];
    try {
      await Promise.all(names.map((name) => this.#launch(name, 'main', this.#command(name, undefined))));
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Switches a fault on or off and returns once it is in force. Switches are carried out one after another. */
  switchFault(name: FaultName, on: boolean): Promise<void> {
    const change = this.#changes.then(() => this.#switch(name, on));
    this.#changes = change.catch(() => {});
    return change;
  }

  /** Stops every process: callers before those they call, so that what is under way can finish. */
  async stop(): Promise<void> {
    this.#stopping = true;
    // Who is not up yet has nothing to finish.
    const rising = this.#members.filter((member) => member.address === undefined);
    this.#members = this.#members.filter((member) => member.address !== undefined);
    await Promise.all(rising.map((member) => member.process.kill()));
    const stop = async (belongs: (peer: PeerName) => boolean): Promise<void> => {
      const members = this.#members.filter((member) => belongs(member.peer));
      await Promise.all(members.map((member) => member.process.stop()));
    };
    // The frontend ends with its last answer; by then the others have given theirs.
    await stop((peer) => peer === 'frontend');
    await stop((peer) => peer !== 'frontend' && !isStore(peer));
    await stop(isStore);
    this.#members = [];
  }

  async #switch(name: FaultName, on: boolean): Promise<void> {
    const fault = findFault(name);
    if (fault === undefined || this.#stopping || this.#faults.has(name) === on) return;
    const record = (state: boolean): void => {
      if (state) this.#faults.add(name);
      else this.#faults.delete(name);
    };
    record(on);
    try {
      await this.#enforce(fault, on);
    } catch (error) {
      record(!on);
      throw error;
    }
  }

  async #enforce(fault: Fault, on: boolean): Promise<void> {
    const { means, service } = fault;
    switch (means.kind) {
      case 'told':
        return this.#broadcast();
      case 'replaced':
        return this.#replace(service, this.#command(service, on ? fault : undefined));
      case 'canary': {
        if (on) return this.#launch(service, 'canary', this.#command(service, fault));
        const isCanary = (member: Member): boolean => member.peer === service && member.slot === 'canary';
        return this.#retire(this.#members.filter(isCanary));
      }
    }
  }

  /** Brings the new process up beside the old one, then lets the old one finish and go. */
  async #replace(peer: PeerName, command: ProcessCommand): Promise<void> {
    const old = this.#members.filter((member) => member.peer === peer && member.slot === 'main');
    await this.#launch(peer, 'main', command);
    await this.#retire(old);
  }

  async #retire(members: readonly Member[]): Promise<void> {
    this.#members = this.#members.filter((member) => !members.includes(member));
    this.#broadcast();
    await Promise.all(members.map((member) => member.process.stop()));
  }

  async #launch(peer: PeerName, slot: Member['slot'], command: ProcessCommand): Promise<void> {
    const member: Member = { peer, slot, process: startProcess(command), address: undefined };
    this.#members.push(member);
    void member.process.ended.then((reason) => this.#mourn(member, command, reason));
    member.process.send({ kind: 'state', ...this.#state() });
    try {
      member.address = await member.process.ready;
    } catch (error) {
      this.#members = this.#members.filter((other) => other !== member);
      await member.process.kill();
      throw error;
    }
    this.#broadcast();
  }

  async #mourn(member: Member, command: ProcessCommand, reason: string): Promise<void> {
    if (this.#stopping || !this.#members.includes(member) || member.address === undefined) return;
    this.#members = this.#members.filter((other) => other !== member);
    this.#broadcast();
    this.#restarts += 1;
    const again = this.#restarts <= restartsMax;
    this.#options.tell(
      `${command.label} ended unexpectedly (${reason}); ${again ? 'restarting it' : 'giving it up'}`,
    );
    if (!again) return;
    await new Promise((resolve) => setTimeout(resolve, restartDelayMs));
    if (!this.#stopping)
      await this.#launch(member.peer, member.slot, command).catch((error: Error) =>
        this.#options.tell(error.message),
      );
  }

  #addresses(peer: PeerName): string[] {
    return this.#members.flatMap((member) => (member.peer === peer ? (member.address ?? []) : []));
  }

  #state(): { peers: Peers; faults: FaultName[] } {
    const names = new Set(this.#members.map((member) => member.peer));
    const peers = Object.fromEntries([...names].map((name) => [name, this.#addresses(name)]));
    return { peers, faults: [...this.#faults] };
  }

  #broadcast(): void {
    const message = { kind: 'state' as const, ...this.#state() };
    for (const member of this.#members) member.process.send(message);
  }

  #command(peer: PeerName, fault: Fault | undefined): ProcessCommand {
    if (isStore(peer)) return this.#storeCommand(peer);
    const definition = nodeServices.find(({ name }) => name === peer) ?? pythonService;
    const script = fileURLToPath(definition.script);
    const means = fault?.means;
    const version = means?.kind === 'canary' ? means.version : definition.version;
    const instrumented = means?.kind === 'replaced' ? means.instrumented : definition.instrumented;
    const label = means?.kind === 'canary' ? `${peer}-${version}` : peer;
    const python = peer === pythonService.name ? this.#options.python : undefined;
    return {
      label,
      logFile: this.#logFile(label),
      environment: {
        ...this.#telemetryEnvironment(definition, version),
        ...(means?.kind === 'replaced' ? means.environment : {}),
      },
      program:
        python === undefined
          ? { kind: 'node', script, imports: instrumented ? [registerUrl] : [] }
          : { kind: 'python', interpreter: python, script },
    };
  }

  #storeCommand(peer: StoreName): ProcessCommand {
    const script = fileURLToPath(stores[peer]);
    return {
      label: peer,
      logFile: this.#logFile(peer),
      environment: {},
      program: { kind: 'node', script, imports: [] },
    };
  }

  /** The settings by which any OpenTelemetry SDK is told who it is and where to send; what is set already, stays. */
  #telemetryEnvironment(service: ServiceDefinition, version: string): Record<string, string> {
    return {
      OTEL_BSP_SCHEDULE_DELAY: '1000',
      OTEL_BLRP_SCHEDULE_DELAY: '1000',
      ...definedOnly(process.env, /^OTEL_/),
      OTEL_EXPORTER_OTLP_ENDPOINT: this.#options.endpoint,
      OTEL_SERVICE_NAME: service.name,
      OTEL_RESOURCE_ATTRIBUTES: `service.version=${version},service.namespace=shop,deployment.environment.name=demo`,
      SHOP_VERSION: version,
    };
  }

  #logFile(label: string): string {
    return join(this.#options.logFolder, `${label}.log`);
  }
}

const registerUrl = new URL('./telemetry/register.ts', import.meta.url).href;

function definedOnly(environment: NodeJS.ProcessEnv, names: RegExp): Record<string, string> {
  const entries = Object.entries(environment).filter(
    ([name, value]) => names.test(name) && value !== undefined,
  );
  return Object.fromEntries(entries) as Record<string, string>;
}
