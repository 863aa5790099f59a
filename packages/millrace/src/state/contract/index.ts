/** The suites that adapters of this package's ports run in their own tests. */

export { type ByteStoreContractOptions, byteStoreContract } from './byte-store-contract.ts'
export type { Matchers, TestFramework } from './test-framework.ts'
