/**
 * What becomes of an app whose thread has ended by an error (KIP-671): the user's answer, and Kafka Streams' rules beside it.
 */

import type { Logger, UncaughtExceptionAnswer, UncaughtExceptionPolicy } from '../config/streams-config.ts'
import { isShutdownRequest } from './application-shutdown.ts'

/** @returns the policy's answer; `shutdown-client` where the policy itself fails or the application is ending already */
export function answerToUncaught(
  error: unknown,
  policy: UncaughtExceptionPolicy,
  logger: Logger,
): UncaughtExceptionAnswer {
  // Another instance has decided for all of them.
  if (isShutdownRequest(error)) return 'shutdown-client'
  if (typeof policy !== 'function') return policy
  try {
    return policy(error instanceof Error ? error : new Error(String(error)))
  } catch (failure) {
    logger.error({ error: failure }, 'the uncaughtExceptionHandler threw; the app shuts down')
    return 'shutdown-client'
  }
}
