/**
 * The Java exception that Kafka Streams throws where we throw this error: its simple class name, as cases record it.
 */

import { StreamsError, TopologyError } from 'millrace'

export function javaErrorName(error: unknown): string {
  // A grace that does not fit the table is a wrong argument there, and a mistake in the plan here.
  if (error instanceof TopologyError && /\bgrace\b/.test(error.message)) return 'IllegalArgumentException'
  if (error instanceof TopologyError) return 'TopologyException'
  if (error instanceof StreamsError) return 'StreamsException'
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}
