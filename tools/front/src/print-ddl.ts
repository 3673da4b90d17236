/**
 * Prints the definitions of docs/operations/cluster.sql: replicated tables on a cluster.
 *
 *   node tools/front/src/print-ddl.ts > docs/operations/cluster.sql
 */
import { printDefinitions, REPLICA_NAME, REPLICA_PATH, type ServerDialect } from '@tracewright/storage';
import { expectOk } from '@tracewright/storage/testing';

export const REPLICATED: ServerDialect = {
  database: 'tracewright',
  tables: { kind: 'replicated', path: REPLICA_PATH, replica: REPLICA_NAME },
  onCluster: 'tracewright',
};

const HEAD = `-- What a new store of replicated tables on the cluster "tracewright" consists of:
--   storage.server.tables: replicated, storage.server.cluster: tracewright
-- Written by: node tools/front/src/print-ddl.ts > docs/operations/cluster.sql
`;

export async function printDdl(): Promise<string> {
  const statements = expectOk(await printDefinitions(REPLICATED));
  return `${HEAD}\n${statements.map((sql) => `${sql};\n`).join('\n')}`;
}

if (import.meta.main) process.stdout.write(await printDdl());
