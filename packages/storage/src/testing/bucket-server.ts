/** A real S3 server on this machine for one test file: signatures are checked, objects are files in a folder. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import S3rver from '@20minutes/s3rver';
import type { ColdBucket } from '../volumes/cold-tier.ts';

const BUCKET = 'traces';
const PREFIX = 'cold';

export class BucketServer implements AsyncDisposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'tracewright-s3-'));
  #server: S3rver | undefined;
  #port = 0;

  static async start(): Promise<BucketServer> {
    const server = new BucketServer();
    await server.up();
    return server;
  }

  /** On the same port as before. */
  async up(): Promise<void> {
    this.#server = new S3rver({
      address: '127.0.0.1',
      port: this.#port,
      directory: this.#folder,
      silent: true,
      configureBuckets: [{ name: BUCKET, configs: [] }],
    });
    this.#port = (await this.#server.run()).port;
  }

  async down(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = server.close();
    server.httpServer.closeAllConnections();
    await closed;
  }

  tier(change: Partial<ColdBucket> = {}): ColdBucket {
    return {
      kind: 's3',
      endpoint: `http://127.0.0.1:${this.#port}`,
      bucket: BUCKET,
      prefix: PREFIX,
      region: 'us-east-1',
      accessKeyId: 'S3RVER',
      secretAccessKey: 'S3RVER',
      cacheBytesMax: 64 * 1024 * 1024,
      ...change,
    };
  }

  /** How many objects the bucket holds, the tier's marker not counted. */
  objects(): number {
    return this.#files().length;
  }

  /** Deletes one of them behind everybody's back. */
  loseOne(): void {
    const [first] = this.#files();
    if (first !== undefined) rmSync(join(this.#folder, BUCKET, first));
  }

  /** Of the objects that are not the tier's marker. */
  #files(): readonly string[] {
    return readdirSync(join(this.#folder, BUCKET), { recursive: true, encoding: 'utf8' }).filter(
      (name) => name.endsWith('_object') && !name.includes('tracewright-cold'),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.down();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
