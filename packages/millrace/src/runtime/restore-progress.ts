/**
 * What listeners hear of stores that are filled from their changelogs: restores, which a task waits for, and standby updates,
 * which go on until the task is promoted or given up (KIP-988).
 */

/** How far the restore of one store is. */
export interface RestoreProgress {
  /** `suspended`: given up before its end, with the task. */
  readonly phase: 'start' | 'batch' | 'end' | 'suspended'
  readonly task: string
  readonly store: string
  /** The changelog's. */
  readonly topic: string
  readonly partition: number
  /** Records so far. */
  readonly restored: number
  /** Bytes of their keys and values. */
  readonly bytes: number
  /** Offsets left: at most as many records. */
  readonly remaining: number
  /** At the speed so far; undefined until there is one. */
  readonly secondsLeft: number | undefined
}

/** How far a standby's store is. */
export interface StandbyUpdate {
  /** `suspended`: no standby any more, see `reason`. */
  readonly phase: 'start' | 'batch' | 'suspended'
  readonly task: string
  readonly store: string
  readonly topic: string
  readonly partition: number
  /** Next offset to be applied. */
  readonly offset: number
  /** End of the changelog as far as known. */
  readonly endOffset: number | undefined
  /** Records of this batch. */
  readonly records: number
  /** Bytes of their keys and values. */
  readonly bytes: number
  /** `promoted`: the task becomes active here; `migrated`: it is kept warm here no more. */
  readonly reason?: 'promoted' | 'migrated' | undefined
}

/** How far a store of this instance is behind its changelog: 0 for those of running tasks. */
export interface StoreLag {
  readonly store: string
  readonly partition: number
  readonly role: 'active' | 'standby'
  /** Next changelog offset to be applied. */
  readonly position: number
  readonly endOffset: number
  readonly lag: number
}

export interface RestoreListeners {
  /** Called as stores are restored. */
  onRestoreProgress(progress: RestoreProgress): void
  /** Called as standbys follow their changelogs. */
  onStandbyUpdate(update: StandbyUpdate): void
}
