/**
 * The simulator: whole applications in virtual time under a seed, with faults, held against a model.
 */

export { CASES } from './cases.ts'
export { simulate, type SimulationOptions, type SimulationResult } from './simulate.ts'
export type { TopologyCase } from './topology-case.ts'
