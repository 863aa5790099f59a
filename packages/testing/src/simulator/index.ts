/**
 * The simulator: whole applications in virtual time under a seed, with faults, held against a model.
 */

export { CASES } from './cases.ts'
export { PLANTED_BUGS, type PlantedBug } from './planted-bugs.ts'
export { type SimulationOptions, type SimulationResult, simulate } from './simulate.ts'
export type { TopologyCase } from './topology-case.ts'
