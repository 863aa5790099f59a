/** Topic configuration of changelogs: the library's defaults by kind of store (reference 2.3), under the user's own. */

export interface LoggingOptions {
  /** Changes are written to the changelog. Default true; without it the state is lost with the worker. */
  readonly logging?: boolean | undefined
  /** Topic configuration of the changelog, over the defaults. */
  readonly loggingConfig?: Readonly<Record<string, string>> | undefined
}

export function loggingOf(options: LoggingOptions): { readonly logging: boolean } {
  return { logging: options.logging ?? true }
}

/** @param retentionMs how long the store keeps windows; undefined: for ever */
export function changelogDefaults(
  cleanupPolicy: string,
  retentionMs: number | undefined,
  additionalRetentionMs: number,
  overrides: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> {
  const retention: Record<string, string> =
    retentionMs === undefined ? {} : { 'retention.ms': saturatingSum(retentionMs, additionalRetentionMs) }
  return { 'cleanup.policy': cleanupPolicy, ...retention, ...overrides }
}

const LONG_MAX = 0x7fffffffffffffffn

/** As text, for Java's longs go beyond exact numbers. */
export function saturatingSum(a: number, b: number): string {
  const sum = BigInt(Math.min(a, Number(LONG_MAX))) + BigInt(b)
  return String(sum > LONG_MAX ? LONG_MAX : sum)
}
