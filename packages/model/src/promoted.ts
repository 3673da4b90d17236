/**
 * Promoted attributes: well-known span attributes that have a column of their own.
 *
 * A promoted column holds the first value of its key when that value has the column's type and is not
 * empty (for a status: lies in 1..65535); every other value of the key stands in the attribute maps. So an
 * empty cell always means "not here", and nothing is lost. Each key has its own column, also where two keys
 * mean the same, because what came in must come out.
 */

export type PromotedAttribute = {
  readonly key: string;
  readonly column: string;
  readonly type: 'string' | 'status';
};

export const PROMOTED_ATTRIBUTES: readonly PromotedAttribute[] = [
  { key: 'http.request.method', column: 'a_http_request_method', type: 'string' },
  { key: 'http.method', column: 'a_http_method', type: 'string' },
  { key: 'http.route', column: 'a_http_route', type: 'string' },
  { key: 'url.path', column: 'a_url_path', type: 'string' },
  { key: 'url.full', column: 'a_url_full', type: 'string' },
  { key: 'http.url', column: 'a_http_url', type: 'string' },
  { key: 'http.target', column: 'a_http_target', type: 'string' },
  { key: 'server.address', column: 'a_server_address', type: 'string' },
  { key: 'peer.service', column: 'a_peer_service', type: 'string' },
  { key: 'db.system.name', column: 'a_db_system_name', type: 'string' },
  { key: 'db.system', column: 'a_db_system', type: 'string' },
  { key: 'db.query.text', column: 'a_db_query_text', type: 'string' },
  { key: 'db.statement', column: 'a_db_statement', type: 'string' },
  { key: 'rpc.method', column: 'a_rpc_method', type: 'string' },
  { key: 'messaging.destination.name', column: 'a_messaging_destination_name', type: 'string' },
  { key: 'user.id', column: 'a_user_id', type: 'string' },
  { key: 'error.type', column: 'a_error_type', type: 'string' },
  { key: 'http.response.status_code', column: 'a_http_response_status_code', type: 'status' },
  { key: 'http.status_code', column: 'a_http_status_code', type: 'status' },
];
