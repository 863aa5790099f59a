/**
 * The broker settings tests need, the same for every way a broker is started here (Docker, a JVM from Maven).
 *
 * They shorten what production keeps long: how often timed-out transactions are swept, the shortest session, the wait before
 * a group's first rebalance. BROKER.md says what production's defaults cost. No setting here may change what data means.
 */

export const TEST_BROKER_SETTINGS: Readonly<Record<string, string>> = Object.freeze({
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': '500',
  'group.min.session.timeout.ms': '1000',
  'group.initial.rebalance.delay.ms': '0',
  'offsets.topic.replication.factor': '1',
  'offsets.topic.num.partitions': '4',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'transaction.state.log.num.partitions': '4',
  'share.coordinator.state.topic.replication.factor': '1',
  'share.coordinator.state.topic.min.isr': '1',
  'auto.create.topics.enable': 'false',
  'log.cleaner.dedupe.buffer.size': '33554432',
})
