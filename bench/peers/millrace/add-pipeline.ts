/** Adds a pipeline's operators to a builder. */

import type { StreamsBuilder } from 'millrace'

/** @param input gives the name of an input topic */
export type AddPipeline = (builder: StreamsBuilder, input: (name: string) => string, output: string) => void
