/**
 * The contract every log adapter must pass, as a product: call it from a test file of any framework.
 *
 * @example
 * logContract({ describe, it, expect }, { name: 'embedded', open: async () => memoryLog(), capabilities })
 */

import { adminContract } from './admin-contract.ts'
import { fetchContract } from './fetch-contract.ts'
import { groupContract } from './group-contract.ts'
import { produceContract } from './produce-contract.ts'
import { type ContractPart, scenarioTest } from './scenario.ts'
import type { LogContractOptions, TestFramework } from './test-framework.ts'
import { transactionContract } from './transaction-contract.ts'

export function logContract(framework: TestFramework, options: LogContractOptions): void {
  const part: ContractPart = {
    test: scenarioTest(framework, options),
    expect: (actual) => framework.expect(actual),
    options,
  }
  framework.describe(`log contract: ${options.name}`, () => {
    framework.describe('produce', () => produceContract(part))
    framework.describe('fetch', () => fetchContract(part))
    framework.describe('transactions', () => transactionContract(part))
    framework.describe('groups', () => groupContract(part))
    framework.describe('admin', () => adminContract(part))
  })
}
