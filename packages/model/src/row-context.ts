/** What all rows of one request, resource and scope have in common. Byte fields are not length-prefixed. */
export type RowContext = {
  tenant: Uint8Array;
  arrivedMs: number;
  dialect: Uint8Array;
  receiver: Uint8Array;
  service: Uint8Array;
  resourceIdLow: number;
  resourceIdHigh: number;
  scopeIdLow: number;
  scopeIdHigh: number;
};
