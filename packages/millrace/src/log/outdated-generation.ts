/**
 * Whether offsets were refused only because the group is between two generations, or past the one they were sent under.
 *
 * None of them was taken. A coordinator that no longer knows the member answers otherwise (`UNKNOWN_MEMBER_ID`,
 * `FENCED_INSTANCE_ID`): that is a loss, this may not be.
 */

import { LogError } from '../record/errors.ts'

export function isOutdatedGeneration(error: unknown): error is LogError {
  return error instanceof LogError && (error.code === 'ILLEGAL_GENERATION' || error.code === 'REBALANCE_IN_PROGRESS')
}
