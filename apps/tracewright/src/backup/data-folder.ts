/** DataFolder: which files of a data folder are data, and which of these nobody ever changes once they are there. */

const WANTED = [
  /^(?:segment-floor|schema-version)$/,
  /^(?:wal|quarantine)(?:\/\d{20}(?:\.damaged)?(?:\/[^/]+)?)?$/,
  /^engine$/,
  /^engine\/metadata(?:\/[^/]+\.sql)?$/,
  // Not what the engine works on, has set aside, or remembers of inserts: recovery finds out what is stored.
  /^engine\/store(?:\/[^/]+(?:\/[^/]+(?:\/(?!tmp|delete_tmp|detached|moving|deduplication_logs)[^/]+(?:\/.+)?)?)?)?$/,
];

/** A file or folder that belongs into a backup. */
export function isData(path: string): boolean {
  return WANTED.some((pattern) => pattern.test(path));
}

/** A file of a part of a table: replaced as a whole, but never written again. */
export function isForever(path: string): boolean {
  return /^engine\/store\/[^/]+\/[^/]+\/[^/]+\/./.test(path);
}
