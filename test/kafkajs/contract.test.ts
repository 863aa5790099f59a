/** The contract of the log port through kafkajs, on a real broker: the table of packages/kafkajs/README.md, asserted. */

import { logContract } from 'millrace/log'
import { expect, it } from 'vitest'
import { describeOnKafka, openLog } from './broker-under-test.ts'

logContract(
  { describe: describeOnKafka, it, expect },
  {
    name: 'kafkajs',
    open: async () => openLog(),
    capabilities: {
      transactions: 'v2',
      cooperative: false,
      staticMembership: true,
      requireStable: true,
      assignmentBytes: true,
      deleteRecords: true,
      durable: true,
    },
  },
)
