/** The contract of the log port, on a real broker. */

import { logContract } from 'millrace/log'
import { expect, it } from 'vitest'
import { describeOnKafka, openLog } from './broker-under-test.ts'

logContract(
  { describe: describeOnKafka, it, expect },
  {
    name: 'kafka',
    open: async () => openLog(),
    capabilities: {
      transactions: 'v2',
      cooperative: true,
      staticMembership: true,
      requireStable: true,
      assignmentBytes: true,
      deleteRecords: true,
      durable: true,
    },
  },
)
