/**
 * What a match does to the others that overlap it: the five skip strategies of FlinkCEP as data.
 * Knows names only; whether a name exists is for validation, what is dropped is for the matcher.
 */

/**
 * - `none`: every match is emitted (the default).
 * - `toNext`: drops what starts with the same event.
 * - `pastLastEvent`: drops what starts up to the match's last event.
 * - `toFirst` / `toLast`: drops what starts before the first / last event bound to that name; with `throwOnMiss` it is
 *   an error if there is none, or if it is the event the match itself starts with.
 */
export type SkipStrategy<Name extends string = string> =
  | 'none'
  | 'toNext'
  | 'pastLastEvent'
  | { readonly toFirst: Name; readonly throwOnMiss?: boolean }
  | { readonly toLast: Name; readonly throwOnMiss?: boolean }

/** The name a strategy skips to, if it has one. */
export function skipTarget(skip: SkipStrategy): string | undefined {
  if (typeof skip === 'string') return undefined
  return 'toFirst' in skip ? skip.toFirst : skip.toLast
}
