/**
 * A worker: one event loop that owns tasks, a group membership, a fetcher and a producer. It alone waits (law 2): it takes
 * group events between batches, fetches, lets tasks process in slices of at most 10 ms, and commits.
 *
 * The loop gives the event loop a macrotask every round, so heartbeats, sockets and timers live however much input waits.
 * What fails on the way is mended between rounds (`remedyFor`): all tasks share one transaction, so all are started over
 * from what is committed, or given up, together.
 */

import type { StreamsConfig } from '../config/streams-config.ts'
import type { Fetcher } from '../log/fetcher.ts'
import type { GroupEvent, GroupMember } from '../log/group.ts'
import type { Log } from '../log/log.ts'
import { LogError } from '../record/errors.ts'
import { linger, shutdownRequested } from './application-shutdown.ts'
import { AwaitedOffsets } from './awaited-offsets.ts'
import type { ClusterPlan } from './cluster-plan.ts'
import { Committer } from './committer.ts'
import { createMember } from './create-member.ts'
import { productionHandler } from './error-handlers.ts'
import { GroupInbox } from './group-inbox.ts'
import { IdlePolicy } from './idle-policy.ts'
import type { Metrics } from './metrics.ts'
import { resetOffset } from './offset-reset.ts'
import { Output } from './output.ts'
import { Patience } from './patience.ts'
import { BatchingCollector } from './record-collector.ts'
import { RecordLimits } from './record-limits.ts'
import { Refusals } from './refusals.ts'
import { remedyFor } from './remedy.ts'
import { RepartitionPurge } from './repartition-purge.ts'
import type { StoreLag } from './restore-progress.ts'
import type { Task } from './task.ts'
import { TaskRegistry, type TaskRegistryOptions } from './task-registry.ts'
import { WarmUp } from './warm-up.ts'

/** Longest slice of processing between two macrotasks, ms. */
const SLICE_MS = 10
/** Between two attempts to give everything up, where the first failed. */
const REJOIN_PAUSE_MS = 100
/** Records between two looks at the clock. */
const CHUNK = 256

export interface WorkerOptions {
  readonly index: number
  readonly processId: string
  /** Of all workers that die with this one; default: the process id. */
  readonly hostProcessId?: string | undefined
  readonly config: StreamsConfig
  readonly log: Log
  readonly plan: ClusterPlan
  readonly metrics: Metrics
  /** Static membership: this worker's own id. */
  readonly instanceId: string | undefined
  readonly tasks: Pick<
    TaskRegistryOptions,
    'globalStore' | 'byteStores' | 'locks' | 'recordCache' | 'onRestoreProgress' | 'onStandbyUpdate'
  >
  /** While true nothing is processed, punctuated or restored; membership and commits go on (KIP-834). */
  paused(): boolean
  /** True when every assigned task runs, false while a rebalance or a restore is on. */
  onRunning(running: boolean): void
}

export class Worker {
  readonly name: string
  readonly #options: WorkerOptions
  readonly #fetcher: Fetcher
  readonly #member: GroupMember
  readonly #inbox = new GroupInbox()
  readonly #output: Output
  readonly #committer: Committer
  readonly #registry: TaskRegistry
  readonly #idle: IdlePolicy
  readonly #warmUp: WarmUp
  readonly #offsets: AwaitedOffsets
  readonly #stop = new AbortController()
  /** What the group waits for after a revocation, done even if the commit before it failed. */
  #owedToGroup: (() => void) | undefined
  #lastCommitMs: number
  readonly #patience: Patience
  #assigned = false
  #running = false
  #leaveGroup: boolean | undefined
  /** A member asked all instances of the application to end. */
  #shutdownRequested = false

  constructor(options: WorkerOptions) {
    this.#options = options
    const { config, log, plan, metrics } = options
    this.name = `${config.applicationId}-${options.processId}-${options.index}`
    const transactional = config.processingGuarantee === 'exactly_once_v2'
    const clock = log.clock
    this.#fetcher = log.fetcher({ isolation: 'read_committed' })
    const changelogs = new Set([...plan.topology.stores.keys()].map((store) => plan.names.changelog(store)))
    const limits = new RecordLimits(config.batchSize, config.maxRequestSize)
    const collector = new BatchingCollector({
      limits,
      clock,
      partitionCount: (topic) => this.#partitionCount(topic),
    })
    this.#output = new Output({
      createProducer: () =>
        log.producer({
          compression: config.compression,
          ...(transactional
            ? { transactionalId: this.#transactionalId(), transactionTimeoutMs: config.transactionTimeoutMs }
            : {}),
        }),
      collector,
      clock,
      lingerMs: config.lingerMs,
      transactional,
      refusals: new Refusals({
        limits,
        handler: productionHandler(config.productionExceptionHandler, config.logger),
        failsAlways: config.productionExceptionHandler === 'fail',
        transactional,
        compressed: config.compression !== 'none',
        mayDrop: (topic) => topic !== config.deadLetterTopic && !changelogs.has(topic),
      }),
      dropped: (topic, count) => metrics.dropped('output', topic, 'refused', count),
    })
    this.#registry = new TaskRegistry({
      ...options.tasks,
      config,
      log,
      plan,
      metrics,
      collector,
      limits,
      fetcher: this.#fetcher,
    })
    this.#member = createMember({
      config,
      log,
      plan,
      processId: options.hostProcessId ?? options.processId,
      instanceId: options.instanceId,
      shutdown: () => this.#shutdownRequested,
      owned: () => this.#inbox.claims(this.#registry.names()),
      standby: () => this.#registry.standbys.names(),
      offsets: () => this.#registry.offsets(),
      sharesState: options.tasks.locks !== undefined,
      onEvent: () => {
        this.#inbox.receive(this.#member)
        this.#fetcher.wakeUp()
      },
    })
    const repartitions = [...plan.topology.internalTopics.keys()].map((topic) => plan.names.physical(topic))
    const purge = new RepartitionPurge(log, repartitions, config.repartitionPurgeIntervalMs, config.logger)
    this.#committer = new Committer({
      member: this.#member,
      inbox: this.#inbox,
      output: this.#output,
      names: plan.names,
      clock,
      transactional,
      cooperative: log.capabilities.cooperative,
      patienceMs: config.transactionTimeoutMs,
      onCommitted: (offsets) => purge.committed(offsets),
    })
    this.#warmUp = new WarmUp(config, clock, (name) => this.#registry.standbys.lag(name))
    this.#idle = new IdlePolicy(config.maxTaskIdleMs, clock)
    this.#offsets = new AwaitedOffsets(() => this.#fetcher.wakeUp())
    this.#patience = new Patience(config.taskTimeoutMs, clock)
    this.#lastCommitMs = clock.monotonic()
  }

  /**
   * A static member keeps its transactional id as it keeps its place: when it comes back after a crash, its first request ends
   * the transaction that it left open, which else holds up every reader until it times out. As unique as the instance id is.
   */
  #transactionalId(): string {
    const { config, instanceId } = this.#options
    return instanceId === undefined ? this.name : `${config.applicationId}-${instanceId}`
  }

  get tasks(): readonly Task[] {
    return this.#registry.running
  }

  get restoringTasks(): readonly string[] {
    return this.#registry.restoringNames()
  }

  /** Names of the tasks kept warm here. */
  get standbyTasks(): readonly string[] {
    return this.#registry.standbys.names()
  }

  lags(): StoreLag[] {
    return this.#registry.lags()
  }

  /** Runs until `stop` is called or something fails for good. Commits and closes cleanly when stopped. */
  async run(): Promise<void> {
    const { config, log } = this.#options
    const { clock } = log
    try {
      await this.#output.producer.init()
      this.#member.join()
      while (!this.#stop.signal.aborted) {
        try {
          await this.#round()
        } catch (error) {
          await this.#mend(error)
        }
        await clock.yield()
      }
      await this.#lastCommit()
      this.#registry.closeAll(true)
      await this.#close()
      if (this.#shutdownRequested) throw shutdownRequested(config.applicationId)
    } catch (error) {
      this.#registry.closeAll(false)
      await this.#output.discard()
      await this.#close().catch(() => {})
      throw error
    }
  }

  async #round(): Promise<void> {
    await this.#takeEvents()
    await this.#openAnswered()
    await this.#receive()
    this.#process()
    this.#output.sendReady()
    if (this.#output.congested) await this.#output.drainSome()
    await this.#maybeCommit()
    if (this.#warmUp.readyToMove(this.#inbox.assigned.warmup)) this.#member.rejoin()
  }

  /**
   * Ends the loop after the slice it is in.
   * @param leaveGroup default: a dynamic member leaves, a static one keeps its place until its session ends
   */
  stop(leaveGroup?: boolean): void {
    this.#leaveGroup = leaveGroup
    this.#stop.abort()
    this.#fetcher.wakeUp()
  }

  /** Looks at once at what has changed around it. */
  wakeUp(): void {
    this.#fetcher.wakeUp()
  }

  async #close(): Promise<void> {
    const { instanceId, config, log } = this.#options
    if (this.#shutdownRequested) {
      await linger(this.#member, () => this.#inbox.take(), log.clock, config.heartbeatIntervalMs)
    }
    await this.#member.close({ leave: this.#leaveGroup ?? instanceId === undefined })
    await Promise.all([this.#output.producer.close(), this.#fetcher.close(), this.#registry.close()])
  }

  /** What cannot be committed any more is left to the next owner: closing the producer aborts it. */
  async #lastCommit(): Promise<void> {
    try {
      await this.#commit()
    } catch (error) {
      if (remedyFor(error) === 'fail') throw error
      this.#options.config.logger.warn(
        { worker: this.name, error },
        'could not commit at the end; it is processed again',
      )
      this.#registry.closeAll(false)
      await this.#output.discard()
    }
  }

  async #takeEvents(): Promise<void> {
    for (;;) {
      const before = this.#inbox.assigned.active
      const event = this.#inbox.take()
      if (event === undefined) return
      await this.#take(event, before)
    }
  }

  /** @param before what the assignment until now gave */
  async #take(event: GroupEvent, before: readonly string[]): Promise<void> {
    const { logger } = this.#options.config
    if (event.type === 'failed') throw event.error
    if (event.type === 'lost') {
      logger.warn({ worker: this.name }, 'left the group unwillingly; its tasks are given up and it joins again')
      await this.#giveUp()
    } else if (event.type === 'revokeAll') {
      this.#owedToGroup = () => this.#member.revoked()
      this.#offsets.forget()
      await this.#commit()
      this.#registry.closeAll(true, true)
      this.#settleWithGroup()
    } else {
      const { assigned } = this.#inbox
      const { active, standby, warmup, shutdown } = assigned
      if (shutdown) {
        logger.warn({ worker: this.name }, 'an instance asked for the end of the application')
        this.#shutdownRequested = true
        this.stop()
        return
      }
      logger.info({ worker: this.name, generation: event.generation, tasks: active, standby, warmup }, 'assigned')
      // What was claimed and is not open yet is given back too, or the group keeps it for this worker.
      const revoked = [...new Set([...this.#registry.names(), ...before])].filter((name) => !active.includes(name))
      if (revoked.length > 0 || assigned.revoked.length > 0) {
        this.#owedToGroup = () => this.#member.rejoin()
        await this.#commit()
        for (const name of revoked) this.#registry.closeSome([name], true, standby.includes(name))
        this.#settleWithGroup()
      }
      this.#beginOpening()
      this.#assigned = true
    }
  }

  /** What is not open yet opens when its committed offsets are there; what runs goes on meanwhile. */
  #beginOpening(): void {
    const { active, standby } = this.#inbox.assigned
    this.#registry.dropStandbys(new Set([...active, ...standby]))
    const inputs = this.#registry.missingInputs(active)
    const committed = inputs.length === 0 ? [] : this.#member.committed(inputs, { requireStable: true })
    this.#offsets.ask(Promise.resolve(committed))
  }

  async #openAnswered(): Promise<void> {
    const committed = this.#offsets.take()
    if (committed === undefined) return
    const { active, standby } = this.#inbox.assigned
    await this.#registry.open(active, committed, this.#stop.signal)
    await this.#follow(standby)
  }

  #follow(standby: readonly string[]): Promise<void> {
    return this.#registry.follow(standby, (partitions) => this.#member.committed(partitions))
  }

  #settleWithGroup(): void {
    const owed = this.#owedToGroup
    this.#owedToGroup = undefined
    owed?.()
  }

  /** Does what `remedyFor` says until it has succeeded. @throws the error that has no remedy. */
  async #mend(error: unknown): Promise<void> {
    const { clock } = this.#options.log
    let failure = error
    for (;;) {
      const remedy = remedyFor(failure)
      if (remedy === 'fail') throw failure
      this.#options.config.logger.warn(
        { worker: this.name, remedy, error: failure },
        'the tasks go back to what is committed',
      )
      try {
        if (remedy === 'start-over') await this.#patience.failed(failure, this.#stop.signal)
        if (remedy === 'rejoin') {
          this.#owedToGroup ??= () => this.#member.rejoin()
          await this.#giveUp()
        } else await this.#startOver()
        this.#settleWithGroup()
        return
      } catch (next) {
        failure = next
        if (remedyFor(next) === 'rejoin') await clock.sleep(REJOIN_PAUSE_MS, this.#stop.signal)
        if (this.#stop.signal.aborted) return
      }
    }
  }

  /** What is no longer ours: no commit, no trace. */
  async #giveUp(): Promise<void> {
    this.#inbox.forget()
    this.#offsets.forget()
    this.#registry.closeAll(false, true)
    this.#assigned = false
    await this.#output.restart()
  }

  /** Whatever the transaction came to, the committed offsets say it (law 9): stores and positions are made anew from there. */
  async #startOver(): Promise<void> {
    this.#registry.closeAll(false, true)
    await this.#output.restart()
    this.#beginOpening()
  }

  /** Waits for input only when no task has work. */
  async #receive(): Promise<void> {
    const paused = this.#options.paused()
    const busy = !paused && this.#registry.running.some((task) => this.#idle.mayProcess(task, this.#fetcher))
    const patienceMs = this.#registry.restoring && !busy ? 20 : 0
    const more = !paused && (await this.#registry.restore(patienceMs, this.#stop.signal))
    // Before the wait: tasks that have just begun may have no input for a long time.
    this.#report()
    const wait = busy || more || (this.#registry.restoring && !paused) ? 0 : this.#waitMs(paused)
    try {
      for (const fetched of await this.#fetcher.poll(wait, this.#stop.signal)) this.#registry.add(fetched)
    } catch (error) {
      if (!(error instanceof LogError) || error.code !== 'OFFSET_OUT_OF_RANGE') throw error
      await resetOffset(error, this.#options.plan, this.#options.config, this.#options.log, this.#fetcher)
    }
  }

  #waitMs(paused: boolean): number {
    const { clock } = this.#options.log
    let wait = Math.min(this.#options.config.pollMs, this.#output.readyInMs)
    for (const task of this.#registry.running) {
      const due = paused ? undefined : task.nextWallClockPunctuation()
      if (due !== undefined) wait = Math.min(wait, due - clock.now())
      if (task.commitNeeded)
        wait = Math.min(wait, this.#lastCommitMs + this.#options.config.commitIntervalMs - clock.monotonic())
    }
    return Math.max(0, wait)
  }

  #process(): void {
    if (this.#options.paused()) return
    const { clock } = this.#options.log
    const until = clock.monotonic() + SLICE_MS
    let done: number
    do {
      done = 0
      for (const task of this.#registry.running) {
        if (!this.#idle.mayProcess(task, this.#fetcher)) continue
        done += this.#registry.process(task, CHUNK)
        if (clock.monotonic() >= until) break
      }
    } while (done > 0 && clock.monotonic() < until && !this.#output.congested)
    for (const task of this.#registry.running) task.punctuateWallClock()
  }

  async #maybeCommit(): Promise<void> {
    const { config, log } = this.#options
    const due = log.clock.monotonic() - this.#lastCommitMs >= config.commitIntervalMs
    if (due && this.#registry.standbysMissing) await this.#follow(this.#inbox.assigned.standby)
    if (due) this.#registry.standbys.raiseLimits((partitions) => this.#member.committed(partitions))
    if (due || this.#registry.commitWanted(config.uncommittedMaxBytes)) await this.#commit()
  }

  async #commit(): Promise<void> {
    try {
      await this.#committer.commit(this.#registry.running)
      this.#options.metrics.commits++
      this.#patience.progressed()
    } finally {
      this.#lastCommitMs = this.#options.log.clock.monotonic()
    }
  }

  #report(): void {
    const running = this.#assigned && !this.#offsets.pending && !this.#registry.restoring
    if (running === this.#running) return
    this.#running = running
    this.#options.onRunning(running)
  }

  #partitionCount(topic: string): number {
    const count = this.#options.plan.partitionCount(topic)
    if (count !== undefined) return count
    throw new LogError(
      'UNKNOWN_TOPIC',
      `The topology writes to ${topic}, which does not exist. Create it: only internal topics are created automatically.`,
    )
  }
}
