// The numbers of the fault `retry-storm`, in one place for the services that act by them and for the sentences that
// tell of them.

/** So many charges in a row payment refuses before it takes one. */
export const refusalsInARow = 9;
/** How often checkout tries the charge of one order. */
export const chargeAttempts = 5;
/** How often frontend tries one checkout. */
export const orderAttempts = 3;
