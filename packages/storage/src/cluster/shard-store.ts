/**
 * ShardStore: one shard as it is opened: the server answers, its tables are right, it is the shard that it is
 * taken for, and this node's number is its own. Until then it is closed, and goes on trying by itself.
 */
import type { Writer } from '@tracewright/model';
import type { Result } from '@tracewright/std';
import type { Engine } from '../engine/engine.ts';
import type { MigrationReport } from '../migrate.ts';
import type { Reader } from '../reader.ts';
import { fillTraceSegments } from '../trace-segments.ts';
import { claimNode, claimShard, migrateOnce, type NodeIdentity, releaseNode, renewNode } from './claims.ts';

export type ShardStoreOptions = {
  readonly name: string;
  readonly engine: Engine;
  readonly writer: Writer;
  readonly reader: Reader;
  readonly node: NodeIdentity;
  /** Counted from 1. */
  readonly shard: number;
  readonly shards: number;
  readonly report: (level: 'info' | 'warn' | 'error', message: string) => void;
};

const RETRY_MS = 2_000;
/** Often enough that a number stays this node's while it lives. */
const CLAIM_EVERY_MS = 15_000;

export class ShardStore {
  readonly name: string;
  readonly engine: Engine;
  readonly writer: Writer;
  readonly reader: Reader;
  readonly #options: ShardStoreOptions;
  #state: 'closed' | 'open' | 'refused' = 'closed';
  #problem: string | undefined = 'It has not been opened yet';
  #timer: NodeJS.Timeout | undefined;
  #stopping = false;
  #claiming: Promise<void> | undefined;

  constructor(options: ShardStoreOptions) {
    this.name = options.name;
    this.engine = options.engine;
    this.writer = options.writer;
    this.reader = options.reader;
    this.#options = options;
  }

  isOpen(): boolean {
    return this.#state === 'open' && this.engine.check().state === 'ready';
  }

  /** Why it cannot be used now. */
  problem(): string | undefined {
    if (this.#state !== 'open') return `${this.name}: ${this.#problem ?? 'it is not open'}`;
    const { state, reason } = this.engine.check();
    return state === 'ready' ? undefined : `${this.name}: ${reason ?? state}`;
  }

  /** Resolves after the first try; a shard that is away is opened when it comes. */
  async open(): Promise<void> {
    const opened = await this.#tryOnce();
    if (this.#stopping) return;
    if (opened.ok) {
      this.#state = 'open';
      this.#problem = undefined;
      const { from, to } = opened.value;
      if (from !== to)
        this.#options.report('info', `${this.name}: tables are at version ${to}, before ${from}`);
      this.#claimAgain();
      return;
    }
    const { code, message } = opened.failure;
    if (message !== this.#problem) this.#options.report('error', `${this.name} cannot be used: ${message}`);
    this.#problem = message;
    if (code === 'unsupported') {
      // It does not get better by asking again.
      this.#state = 'refused';
      return;
    }
    this.#timer = setTimeout(() => void this.open(), RETRY_MS);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    await this.#claiming;
    if (this.isOpen()) await releaseNode(this.engine, this.#options.node);
  }

  async #tryOnce(): Promise<Result<MigrationReport>> {
    const { engine, node, shard, shards } = this.#options;
    const started = await engine.start();
    if (!started.ok) return started;
    const report = await migrateOnce(engine, node);
    if (!report.ok) return report;
    // Until that is done, older traces are only found more slowly.
    void fillTraceSegments(engine);
    const placed = await claimShard(engine, shard, shards);
    if (!placed.ok) return placed;
    const claimed = await claimNode(engine, node);
    return claimed.ok ? report : claimed;
  }

  #claimAgain(): void {
    this.#timer = setTimeout(() => {
      this.#claiming = this.#claimOnce();
    }, CLAIM_EVERY_MS);
    this.#timer.unref();
  }

  async #claimOnce(): Promise<void> {
    if (this.isOpen()) {
      const claimed = await renewNode(this.engine, this.#options.node);
      if (!claimed.ok) this.#options.report('warn', `${this.name}: ${claimed.failure.message}`);
    }
    if (!this.#stopping) this.#claimAgain();
  }
}
