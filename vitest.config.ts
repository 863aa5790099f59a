/**
 * How tests run: `.ts` sources through the workspace's own export condition, at most two workers, one process a file.
 *
 * Tests next to the code are packages/<name>/src/**\/*.test.ts, those that cross packages are below test/. Type tests
 * (*.test-d.ts) go through the compiler. A test that needs Kafka asks packages/testing for a broker.
 */
import { existsSync } from 'node:fs'
import { defaultServerConditions, type UserConfig } from 'vite'
import { defineConfig } from 'vitest/config'

const conditions = ['millrace-source', ...defaultServerConditions]
const kafkaSetup = './test/kafka/global-setup.ts'

const config: UserConfig = defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'test/**/*.test.ts', 'scripts/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    environment: 'node',
    pool: 'forks',
    maxWorkers: 2,
    execArgv: ['--conditions=millrace-source'],
    setupFiles: ['./test/properties/sizes.ts'],
    testTimeout: 20_000,
    hookTimeout: 180_000,
    teardownTimeout: 20_000,
    globalSetup: existsSync(new URL(kafkaSetup, import.meta.url)) ? [kafkaSetup] : [],
    typecheck: {
      enabled: true,
      checker: './node_modules/typescript7/bin/tsc',
      include: ['packages/*/src/**/*.test-d.ts', 'test/**/*.test-d.ts'],
      tsconfig: './tsconfig.json',
      // Errors outside *.test-d.ts are what `npm run check` reports.
      ignoreSourceErrors: true,
    },
  },
})

export default config
