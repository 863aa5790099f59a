/**
 * A log whose parts are replaced method by method: what is not replaced goes to the real part, private fields and all.
 */

import type { Fetcher, GroupMember, GroupMemberOptions, Log, LogAdmin, Producer } from 'millrace/log'

export interface LogReplacements {
  producer?(producer: Producer): Partial<Producer>
  member?(member: GroupMember, options: GroupMemberOptions): Partial<GroupMember>
  memberOptions?(options: GroupMemberOptions): GroupMemberOptions
  /** @param ordinal the how-manieth fetcher of this log it is: a worker makes its own first, then its restorer's. */
  fetcher?(fetcher: Fetcher, ordinal: number): Partial<Fetcher>
  isolation?(ordinal: number): 'read_committed' | 'read_uncommitted'
  admin?(admin: LogAdmin): Partial<LogAdmin>
}

export function wrapLog(log: Log, replace: LogReplacements): Log {
  let fetchers = 0
  return {
    name: log.name,
    capabilities: log.capabilities,
    clock: log.clock,
    admin: over(log.admin, replace.admin?.(log.admin)),
    fetcher(options) {
      const ordinal = fetchers++
      const isolation = replace.isolation?.(ordinal)
      const fetcher = log.fetcher(isolation === undefined ? options : { ...options, isolation })
      return over(fetcher, replace.fetcher?.(fetcher, ordinal))
    },
    producer(options) {
      const producer = log.producer(options)
      return over(producer, replace.producer?.(producer))
    },
    member(options) {
      const given = replace.memberOptions?.(options) ?? options
      const member = log.member(given)
      return over(member, replace.member?.(member, given))
    },
    close: () => log.close(),
  }
}

function over<T extends object>(target: T, methods: Partial<T> | undefined): T {
  if (methods === undefined) return target
  return new Proxy(target, {
    get(_target, name) {
      const replaced = (methods as Record<PropertyKey, unknown>)[name]
      if (replaced !== undefined) return replaced
      const own = (target as Record<PropertyKey, unknown>)[name]
      return typeof own === 'function' ? own.bind(target) : own
    },
  })
}
