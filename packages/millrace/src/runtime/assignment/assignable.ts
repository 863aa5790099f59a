/**
 * What an assignment is made from and what comes of it: plain facts, so that the assignor can be pure.
 */

export interface AssignableTask {
  readonly name: string
  /** It has state with a changelog: it is moved with care, and has standbys. */
  readonly stateful: boolean
}

export interface AssignableMember {
  readonly memberId: string
  /** Members of one process (worker threads) die together: they are no standbys for each other. */
  readonly processId: string
  /** Tasks held now: they must be given up before another member may have them. */
  readonly owned: readonly string[]
  /** Tasks kept warm now. */
  readonly standby: readonly string[]
  /** Offsets between the member's state and the end of the changelogs, by task; what is not named is unknown. */
  readonly lags: ReadonlyMap<string, number>
  readonly tags: Readonly<Record<string, string>>
}

export interface AssignmentRules {
  readonly numStandbyReplicas: number
  /** Lag up to which a member counts as caught up. */
  readonly acceptableRecoveryLag: number
  /** Warm-up replicas at a time, beyond the standbys. */
  readonly maxWarmupReplicas: number
  /** Tags over whose values the replicas of a task are spread. */
  readonly rackAwareAssignmentTags: readonly string[]
}

export interface MemberTasks {
  readonly active: readonly string[]
  readonly standby: readonly string[]
  /** Those of `standby` that something waits for. */
  readonly warmup: readonly string[]
  /** Those it holds that another member is to have, once it has given them back. */
  readonly revoked: readonly string[]
}
