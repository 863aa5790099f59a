/** Names and sizes the twins, the input and the comparison share. Plain data. */

export const PARTITIONS = 2
export const WINDOW_MS = 10_000

export const INPUTS = ['users', 'events', 'orders', 'customers'] as const
export const OUTPUTS = ['counts', 'sums', 'joined', 'enriched'] as const

/** How long a stopped application's membership and transactions live on, ms. */
export const SESSION_TIMEOUT_MS = 4000
/** Longer: Millrace must still find it there, however slowly it starts on a machine under load. */
export const JAVA_SESSION_TIMEOUT_MS = 12_000
export const TRANSACTION_TIMEOUT_MS = 4000
