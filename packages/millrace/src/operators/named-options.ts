/** Options that every operator has. */

export interface NamedOptions {
  /** The operator's name: its node's, in `describe()`, metrics and errors. Default: generated, e.g. `KSTREAM-MAP-0000000003`. */
  readonly name?: string
}
