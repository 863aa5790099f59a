/**
 * What a table forwards: the new value and, where a downstream operator asked for it, the old one. Null is "no value".
 * `isLatest` is false for an out-of-order update of a versioned table.
 */

export class Change<V> {
  readonly newValue: V | null
  readonly oldValue: V | null
  readonly isLatest: boolean

  constructor(newValue: V | null, oldValue: V | null, isLatest = true) {
    this.newValue = newValue
    this.oldValue = oldValue
    this.isLatest = isLatest
  }
}
