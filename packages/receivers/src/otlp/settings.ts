/** The settings of the two OTLP receivers, as data. */

export const otlpGrpcSettings = {
  $about: 'OTLP over gRPC.',
  enabled: { kind: 'boolean', default: true, summary: 'Whether to listen.' },
  port: { kind: 'port', default: 4317, summary: 'The port.' },
  messageBytesMax: {
    kind: 'bytes',
    default: '64MiB',
    min: '64KiB',
    max: '1GiB',
    summary: 'The largest message, after decompression, that is accepted.',
  },
  keepaliveInterval: {
    kind: 'duration',
    default: '2m',
    min: '1s',
    summary: 'How often an idle connection is asked whether it lives.',
  },
  keepaliveTimeout: {
    kind: 'duration',
    default: '20s',
    min: '1s',
    summary: 'How long the answer may take before the connection is closed.',
  },
} as const;

export const otlpHttpSettings = {
  $about: 'OTLP over HTTP, as protobuf and JSON.',
  enabled: { kind: 'boolean', default: true, summary: 'Whether to listen.' },
  port: { kind: 'port', default: 4318, summary: 'The port.' },
  bodyBytesMax: {
    kind: 'bytes',
    default: '64MiB',
    min: '64KiB',
    max: '1GiB',
    summary: 'The largest body, after decompression, that is accepted.',
  },
  corsOrigins: {
    kind: 'list',
    default: [],
    summary: 'Web origins whose pages may send from the browser; * means all.',
    detail: 'Pages on localhost may always send.',
    example: 'https://shop.example.com',
  },
} as const;
