/**
 * OTLP over gRPC on port 4317: the Export methods of the trace, log and metrics services, and gRPC's health
 * service.
 *
 * The event loop only moves bytes: a compressed message is handed on compressed, and is inflated and decoded
 * behind `Ingest`. Metrics are accepted, thrown away as they come in, and counted.
 */
import {
  ByteBudget,
  createGrpcListener,
  createHealthService,
  createTokenCheck,
  Door,
  type GrpcLimits,
  type GrpcListener,
  type GrpcMethod,
  type GrpcReply,
  type GrpcRequest,
  type GrpcStatus,
  type HealthService,
  remoteKey,
} from '@tracewright/http';
import type { Signal } from '@tracewright/pipeline';
import type { Failure, Result } from '@tracewright/std';
import { encodeExportResponse, encodeRpcStatus } from '@tracewright/wire';
import { Counters } from '../counters.ts';
import { DRAIN_TIMEOUT_MS, UNFINISHED_BYTES_MAX } from '../limits.ts';
import {
  type Component,
  type ComponentStatus,
  configKey,
  defineReceiver,
  type ReceiverDefinition,
  type ReceiverOptions,
} from '../receiver.ts';
import { otlpStatus } from './failure-status.ts';
import { otlpGrpcSettings } from './settings.ts';

const ID = 'otlp/grpc';

const SERVICES: Readonly<Record<Signal | 'metrics', string>> = {
  traces: 'opentelemetry.proto.collector.trace.v1.TraceService',
  logs: 'opentelemetry.proto.collector.logs.v1.LogsService',
  metrics: 'opentelemetry.proto.collector.metrics.v1.MetricsService',
};

const NOTHING: Uint8Array = new Uint8Array(0);

export type OtlpGrpcOptions = ReceiverOptions<typeof otlpGrpcSettings> & {
  readonly limits?: Partial<GrpcLimits>;
  /** What all messages that are being received may hold together. */
  readonly unfinishedBytesMax?: number;
};

class OtlpGrpcReceiver implements Component {
  readonly id = ID;
  readonly #options: OtlpGrpcOptions;
  readonly #listener: GrpcListener;
  readonly #door: Door;
  readonly #health: HealthService = createHealthService(Object.values(SERVICES));
  readonly #counters = new Counters();
  #toldForeign = false;

  constructor(options: OtlpGrpcOptions) {
    const { listen, settings } = options;
    this.#options = options;
    this.#listener = createGrpcListener({
      host: listen.host,
      port: settings.port,
      portSetting: `${configKey(ID)}.port`,
      methods: new Map([
        [`/${SERVICES.traces}/Export`, this.#exportOf('traces')],
        [`/${SERVICES.logs}/Export`, this.#exportOf('logs')],
        [`/${SERVICES.metrics}/Export`, this.#discardMetrics()],
        ...this.#health.methods,
      ]),
      checkToken: createTokenCheck(options.token),
      budget: new ByteBudget(
        Math.max(options.unfinishedBytesMax ?? UNFINISHED_BYTES_MAX, settings.messageBytesMax * 2),
      ),
      keepaliveIntervalMs: settings.keepaliveInterval,
      keepaliveTimeoutMs: settings.keepaliveTimeout,
      http1Hint: 'This port speaks gRPC (HTTP/2). OTLP over HTTP has a port of its own, usually 4318.',
      onFault: (error) => options.report('error', `A call to ${ID} failed in this program`, { error }),
      onForeign: (remote) => this.#onForeign(remote),
      ...(options.limits === undefined ? {} : { limits: options.limits }),
    });
    this.#door = new Door(this.#listener, listen.host, settings.port);
  }

  start(): Promise<Result<void>> {
    return this.#door.open();
  }

  check(): ComponentStatus {
    return { ...this.#door.status(), ...this.#counters.status() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#health.set(false);
    await this.#listener.close(this.#options.drainTimeoutMs ?? DRAIN_TIMEOUT_MS);
  }

  #exportOf(signal: Signal): GrpcMethod {
    return {
      kind: 'unary',
      messageBytesMax: this.#options.settings.messageBytesMax,
      begin: () => this.#counters.request(this.#options.nowMs()),
      refuse: (cause) => this.#refuse(signal, cause),
      handle: (request) => this.#submit(signal, request),
    };
  }

  #discardMetrics(): GrpcMethod {
    return {
      kind: 'unary',
      messageBytesMax: this.#options.settings.messageBytesMax,
      discard: true,
      begin: () => this.#counters.request(this.#options.nowMs()),
      refuse: (cause) => this.#refuse('metrics', cause),
      handle: async () => {
        this.#options.ingest.countDiscarded(ID, 'metrics', 1);
        this.#counters.discarded++;
        return { ok: true, message: NOTHING };
      },
    };
  }

  async #submit(signal: Signal, request: GrpcRequest): Promise<GrpcReply> {
    if (request.message.length === 0) return { ok: true, message: NOTHING };
    const { ingest, settings, tenant } = this.#options;
    const outcome = await ingest.submit({
      signal,
      format: 'otlp/protobuf',
      coding: request.coding,
      body: request.message,
      bodyBytesMax: settings.messageBytesMax,
      tenant,
      receiver: ID,
      sender: remoteKey(request.remoteAddress),
    });
    if (!outcome.ok) {
      this.#counters.refused++;
      return { ok: false, status: grpcStatus(outcome.failure) };
    }
    this.#counters.answered(outcome.value);
    return { ok: true, message: encodeExportResponse(signal, outcome.value, 'protobuf') };
  }

  #refuse(signal: Signal | 'metrics', cause: Failure): GrpcStatus {
    this.#counters.refused++;
    this.#options.ingest.countRefused(ID, signal, cause.code);
    return grpcStatus(cause);
  }

  /** Told once: who sends to the wrong port does so for every batch. */
  #onForeign(remote: string | undefined): void {
    if (this.#toldForeign) return;
    this.#toldForeign = true;
    const hint = 'OTLP over HTTP has a port of its own, usually 4318';
    this.#options.report('warn', `${remote ?? 'A client'} does not speak gRPC to the port of ${ID}. ${hint}`);
  }
}

export const otlpGrpc: ReceiverDefinition<typeof otlpGrpcSettings> = defineReceiver({
  id: ID,
  title: 'OTLP over gRPC',
  stability: 'stable',
  settings: otlpGrpcSettings,
  create: (options) => new OtlpGrpcReceiver(options),
});

function grpcStatus(cause: Failure): GrpcStatus {
  const { grpc, retryAfterMs } = otlpStatus(cause);
  return {
    code: grpc,
    message: cause.message,
    details: encodeRpcStatus(grpc, cause.message, retryAfterMs, 'protobuf'),
  };
}
