import { describe, expect, it } from 'vitest'
import { logContract } from '../contract/log-contract.ts'
import { memoryLog } from './memory-log.ts'

logContract(
  { describe, it, expect },
  {
    name: 'embedded',
    open: async () => memoryLog(),
    capabilities: {
      transactions: 'v2',
      cooperative: true,
      staticMembership: true,
      requireStable: true,
      assignmentBytes: true,
      deleteRecords: true,
      durable: false,
    },
  },
)
