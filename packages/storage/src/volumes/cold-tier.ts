/**
 * ColdTier: where old days go, a folder on another disk or a bucket, and how the engine's configuration says so.
 *
 * The engine's own policy `default` gets a second volume, so tables need no word about tiers: a folder opens with
 * a cold tier or without, and in any other program that knows the engine. Secrets are not written: the engine takes
 * them from its environment.
 */
import { join } from 'node:path';

export type ColdFolder = { readonly kind: 'folder'; readonly path: string };

export type ColdBucket = {
  readonly kind: 's3';
  /** Scheme, host and port. Buckets are addressed by path. */
  readonly endpoint: string;
  readonly bucket: string;
  /** What all keys begin with, without slashes at its ends; may be empty. */
  readonly prefix: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Local disk that may hold copies of what was read from the bucket. */
  readonly cacheBytesMax: number;
};

export type ColdTier = ColdFolder | ColdBucket;

/** Volume, and disk that the volume stands on, as statements and system tables name them. */
export const COLD_VOLUME = 'cold';
export const COLD_DISK = 'cold';

/** What the configuration says of volumes, and what the engine's process needs in its environment for it. */
export type VolumeConfig = { readonly xml: string; readonly environment: Readonly<Record<string, string>> };

export const HOT_ONLY: VolumeConfig = { xml: '', environment: {} };

const KEY_VARIABLE = 'TRACEWRIGHT_COLD_ACCESS_KEY_ID';
const SECRET_VARIABLE = 'TRACEWRIGHT_COLD_SECRET_ACCESS_KEY';

/** A bucket that does not answer makes a question fail, not wait: tries of a request, and milliseconds for each. */
const S3_BOUNDS: Readonly<Record<string, number>> = {
  connect_timeout_ms: 2000,
  request_timeout_ms: 10_000,
  // Under its documented name, without the prefix, the engine would not read it (26.7).
  s3_retry_attempts: 3,
  s3_max_single_read_retries: 2,
};

export function printVolumes(tier: ColdTier, enginePath: string): VolumeConfig {
  const disks = tier.kind === 'folder' ? folderDisk(tier) : bucketDisks(tier, enginePath);
  const xml = `  <storage_configuration>
    <disks>${disks}
    </disks>
    <policies>
      <default>
        <volumes>
          <default><disk>default</disk></default>
          <${COLD_VOLUME}><disk>${COLD_DISK}</disk><prefer_not_to_merge>true</prefer_not_to_merge></${COLD_VOLUME}>
        </volumes>
        <move_factor>0</move_factor>
      </default>
    </policies>
  </storage_configuration>
`;
  const environment =
    tier.kind === 'folder'
      ? {}
      : { [KEY_VARIABLE]: tier.accessKeyId, [SECRET_VARIABLE]: tier.secretAccessKey };
  return { xml, environment };
}

/** Where the engine keeps, on the local disk, which objects its files in the bucket are made of. */
export function bucketMetadataPath(enginePath: string): string {
  return join(enginePath, 'cold-metadata');
}

/** The folder below which the cold parts' folders can be seen, wherever their bytes lie. */
export function coldPartsPath(
  tier: { readonly kind: 'folder'; readonly path: string } | { readonly kind: 's3' },
  enginePath: string,
): string {
  return tier.kind === 'folder' ? tier.path : bucketMetadataPath(enginePath);
}

function folderDisk({ path }: ColdFolder): string {
  return `
      <${COLD_DISK}><type>local</type><path>${quoteXml(join(path, '/'))}</path><skip_access_check>true</skip_access_check></${COLD_DISK}>`;
}

function bucketDisks(tier: ColdBucket, enginePath: string): string {
  const bounds = Object.entries(S3_BOUNDS).map(([name, value]) => `<${name}>${value}</${name}>`);
  return `
      <cold_bucket>
        <type>s3</type>
        <endpoint>${quoteXml(bucketUrl(tier))}</endpoint>
        <region>${quoteXml(tier.region)}</region>
        <access_key_id from_env="${KEY_VARIABLE}"/>
        <secret_access_key from_env="${SECRET_VARIABLE}"/>
        <metadata_path>${quoteXml(join(bucketMetadataPath(enginePath), '/'))}</metadata_path>
        <skip_access_check>true</skip_access_check>
        ${bounds.join('')}
      </cold_bucket>
      <${COLD_DISK}>
        <type>cache</type>
        <disk>cold_bucket</disk>
        <path>${quoteXml(join(enginePath, 'cache', COLD_DISK, '/'))}</path>
        <max_size>${Math.floor(tier.cacheBytesMax)}</max_size>
      </${COLD_DISK}>`;
}

/** With a slash at its end. */
export function bucketUrl({ endpoint, bucket, prefix }: Omit<ColdBucket, 'kind'>): string {
  const path = [bucket, ...(prefix === '' ? [] : [prefix])].join('/');
  return `${endpoint.replace(/\/+$/, '')}/${path}/`;
}

function quoteXml(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
}
