/**
 * The match a pattern gives, worked out by the compiler: a field for each element that is not negated. Once: the event,
 * narrowed by a type guard; optional: or undefined; in a loop: an array; in a group that repeats: an array too.
 */

/** How an element repeats, as far as the match is concerned. `loop` has no upper bound, so it can have `until`. */
export type Repeats = 'once' | 'times' | 'loop'

export type Flat<T> = { [K in keyof T]: T[K] } & {}

/** The field an element adds to the match. */
export type ElementField<Name extends string, Fit, Repeat extends Repeats, Optional extends boolean> = {
  [K in Name]: Repeat extends 'once' ? (Optional extends true ? Fit | undefined : Fit) : Fit[]
}

/** The fields a group adds: those of its own match, in arrays if it repeats. */
export type GroupFields<Match, Repeat extends Repeats, Optional extends boolean> = {
  [K in keyof Match]: Repeat extends 'once'
    ? Match[K] extends readonly unknown[]
      ? Match[K]
      : Optional extends true
        ? Match[K] | undefined
        : Match[K]
    : Match[K] extends readonly unknown[]
      ? Match[K]
      : Exclude<Match[K], undefined>[]
}

/**
 * What a condition may read: what was bound before, and of its own element what it has bound already (a list, since
 * only a loop has bound some).
 */
export type BoundBefore<Before, Name extends string, Event> = Flat<
  Readonly<Before> & { readonly [K in Name]?: readonly Event[] }
>

/** A run that timed out: any field may be missing its event. */
export type PartialMatch<Match> = {
  [K in keyof Match]: Match[K] extends readonly unknown[] ? Match[K] : Match[K] | undefined
}
