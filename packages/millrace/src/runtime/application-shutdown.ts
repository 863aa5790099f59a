/**
 * The end of a whole application (KIP-671, shutdown-application): a member says so in its subscription, the leader of the
 * rebalance that follows tells everybody in their assignments, and every worker of every process commits and ends.
 *
 * Whoever knows stays a little before it leaves, and says it again to whoever joins meanwhile: a member that was too slow to
 * get its assignment must not go on alone.
 */

import type { StreamsConfig } from '../config/streams-config.ts'
import type { GroupEvent, GroupMember } from '../log/group.ts'
import type { Log } from '../log/log.ts'
import type { Clock } from '../record/clock.ts'
import { MillraceError } from '../record/errors.ts'
import { decodeAssignment } from './assignment/assignment.ts'
import type { ClusterPlan } from './cluster-plan.ts'
import { createMember } from './create-member.ts'

const LOOK_MS = 20
const CODE = 'MILLRACE_APPLICATION_SHUTDOWN'

export function shutdownRequested(applicationId: string): MillraceError {
  return new MillraceError(
    CODE,
    `An instance of ${applicationId} asked all instances to shut down: its log says why. Mend that, then start them again.`,
  )
}

export function isShutdownRequest(error: unknown): boolean {
  return error instanceof MillraceError && error.code === CODE
}

/** Keeps a membership alive for a while; what the group wants of it meanwhile is granted. */
export async function linger(
  member: GroupMember,
  nextEvent: () => GroupEvent | undefined,
  clock: Clock,
  ms: number,
): Promise<void> {
  const until = clock.monotonic() + ms
  while (clock.monotonic() < until) {
    for (let event = nextEvent(); event !== undefined; event = nextEvent()) {
      if (event.type === 'revokeAll') member.revoked()
    }
    await clock.sleep(LOOK_MS)
  }
}

/**
 * Joins the group as a member that does no work, only to say that the application is to end.
 * @returns false if the group did not take it within the time
 */
export async function announceShutdown(options: {
  readonly config: StreamsConfig
  readonly log: Log
  readonly plan: ClusterPlan
  readonly timeoutMs: number
}): Promise<boolean> {
  const { config, log, plan, timeoutMs } = options
  const { clock } = log
  const member = createMember({
    config,
    log,
    plan,
    processId: clock.uuid(),
    instanceId: undefined,
    owned: () => [],
    standby: () => [],
    offsets: () => ({}),
    sharesState: false,
    shutdown: () => true,
    onEvent: () => {},
  })
  const until = clock.monotonic() + timeoutMs
  let told = false
  try {
    member.join()
    while (!told && clock.monotonic() < until) {
      for (let event = member.nextEvent(); event !== undefined; event = member.nextEvent()) {
        if (event.type === 'revokeAll') member.revoked()
        else if (event.type === 'failed') throw event.error
        else if (event.type === 'assigned') told = decodeAssignment(event.assignment).shutdown === true
      }
      await clock.sleep(LOOK_MS)
    }
    if (told) await linger(member, () => member.nextEvent(), clock, config.heartbeatIntervalMs)
  } finally {
    await member.close({ leave: true })
  }
  return told
}
