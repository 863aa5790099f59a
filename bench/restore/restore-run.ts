/** What both programs are told, and what each says: one line of JSON. */

export interface RestoreRun {
  readonly applicationId: string
  readonly brokers: string
  readonly input: string
  readonly store: string
  /** Empty. */
  readonly stateDir: string
}

export interface Restored {
  /** As the program's restore listener counted them. */
  readonly records: number
  /** From `start()` until all tasks run. */
  readonly startMs: number
  /** Of it, from the first restored record until the last. */
  readonly restoreMs: number
  /** CPU time of the process from `start()` until all tasks run. */
  readonly cpuMs: number
  /** Keys in the stores afterwards, counted by walking them. */
  readonly keys: number
  /** Longest time the event loop did not get a turn meanwhile, ms. Node only. */
  readonly longestStallMs?: number
}
