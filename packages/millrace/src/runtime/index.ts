/**
 * `millrace/runtime`: what tools that run topologies need: tasks for a test driver, the pieces of a worker, names.
 */

export { RecordCache } from '../state/record-cache.ts'
export type { AppState, StateListener } from './app-state.ts'
export { type CommitMetadata, decodeCommitMetadata, encodeCommitMetadata } from './commit-metadata.ts'
export type { DeserializationHandler, ProcessingHandler, ProductionHandler } from './error-handlers.ts'
export { GlobalState, type GlobalStateOptions } from './global-state.ts'
export { type InternalTopic, internalTopics } from './internal-topics.ts'
export type { MetricsSnapshot } from './metrics.ts'
export { BatchingCollector, type RecordCollector } from './record-collector.ts'
export type { RestoreProgress, StandbyUpdate, StoreLag } from './restore-progress.ts'
export { runUntilSignal } from './run-until-signal.ts'
export { type StoreEnvironmentOptions, storeEnvironment } from './store-environment.ts'
export { type CloseOptions, StreamsApp, type StreamsAppOptions } from './streams-app.ts'
export { Task } from './task.ts'
export type { TaskBlueprint } from './task-blueprint.ts'
export { TopicNames } from './topic-names.ts'
