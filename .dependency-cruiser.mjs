/**
 * Who may import whom (DESIGN, "The shape"). Three families of rules: the layers inside the core, the borders between packages,
 * and no cycles. Tests may reach sideways (they build topologies to test the runtime), shipped sources may not.
 *
 * `tsPreCompilationDeps: 'specify'` keeps type-only imports apart, because some layers may know another's types only.
 */
const core = 'packages/millrace/src'
const tests = '(\\.(test|test-d)\\.ts$|/fixtures/)'

/** Layer → what it may import; `types` lists layers of which it may know the types only. */
const layers = {
  record: { may: [] },
  config: { may: ['record'] },
  log: { may: ['record'] },
  state: { may: ['record'] },
  window: { may: ['record'] },
  plan: { may: ['record'], types: ['processor', 'state', 'window'] },
  processor: { may: ['record', 'state'] },
  operators: { may: ['record', 'plan', 'processor', 'state', 'window'] },
  dsl: { may: ['record', 'operators', 'plan', 'config', 'window'], types: ['processor', 'state'] },
  runtime: { may: ['record', 'plan', 'processor', 'state', 'log', 'config', 'window'] },
}

const layerRules = Object.entries(layers).flatMap(([layer, { may, types = [] }]) => {
  const from = { path: `^${core}/${layer}/`, pathNot: tests }
  const allowed = [layer, ...may]
  const rules = [
    {
      name: `layer-${layer}`,
      severity: 'error',
      comment: `${layer} may import ${may.length > 0 ? may.join(', ') : 'no other layer'}${types.length > 0 ? `, and types of ${types.join(', ')}` : ''}`,
      from,
      to: { path: `^${core}/`, pathNot: `^${core}/(${[...allowed, ...types].join('|')})/` },
    },
  ]
  if (types.length > 0) {
    rules.push({
      name: `layer-${layer}-types-only`,
      severity: 'error',
      comment: `${layer} may know only the types of ${types.join(', ')}: import type`,
      from,
      to: { path: `^${core}/(${types.join('|')})/`, dependencyTypesNot: ['type-only'] },
    })
  }
  return rules
})

const publicEntry = `^packages/(millrace/src/(index|operator|(log|state|runtime)/index)|[^/]+/src/index)\\.ts$`

export default {
  forbidden: [
    ...layerRules,
    {
      name: 'public-entries-only',
      severity: 'error',
      comment: 'from another package, import a public entry point by its package name (millrace, millrace/log, …)',
      from: { path: '^packages/([^/]+)/' },
      to: { path: '^packages/', pathNot: ['^packages/$1/', publicEntry] },
    },
    {
      name: 'public-entries-only-outside',
      severity: 'error',
      comment: 'examples, test and bench use public entry points only',
      from: { path: '^(examples|test|bench|docs)/' },
      to: { path: '^packages/', pathNot: publicEntry },
    },
    {
      name: 'no-relative-path-across-packages',
      severity: 'error',
      comment: 'another package is imported by its name, never by a relative path',
      from: { path: '^packages/([^/]+)/' },
      to: { path: '^packages/', pathNot: '^packages/$1/', dependencyTypes: ['local'] },
    },
    {
      name: 'no-relative-path-into-packages',
      severity: 'error',
      comment: 'a package is imported by its name, never by a relative path',
      from: { path: '^(examples|test|bench|docs)/' },
      to: { path: '^packages/', dependencyTypes: ['local'] },
    },
    {
      name: 'core-stands-alone',
      severity: 'error',
      comment: 'the core knows no other package; its tests may use @millrace/testing',
      from: { path: `^${core}/`, pathNot: tests },
      to: { path: '^packages/', pathNot: '^packages/millrace/' },
    },
    {
      name: 'packages-know-the-core-only',
      severity: 'error',
      comment: 'a package imports the core and no sibling; tests may use @millrace/testing',
      from: { path: '^packages/(?!millrace/|kafka/|kafkajs/)([^/]+)/src/', pathNot: tests },
      to: { path: '^packages/', pathNot: ['^packages/$1/', '^packages/millrace/'] },
    },
    {
      name: 'kafka-adapters-share-a-client',
      severity: 'error',
      comment: 'the adapters on Kafka libraries import the core and what they have in common, never each other',
      from: { path: '^packages/(kafka|kafkajs)/src/', pathNot: tests },
      to: { path: '^packages/', pathNot: ['^packages/$1/', '^packages/(millrace|kafka-client)/'] },
    },
    {
      name: 'kafka-client-on-the-log-port',
      severity: 'error',
      comment: 'of the core the Kafka client knows the log port only, and no library that speaks to brokers',
      from: { path: '^packages/kafka-client/src/', pathNot: tests },
      to: { path: [`^${core}/`, '^node_modules/'], pathNot: `^${core}/log/index\\.ts$` },
    },
    {
      name: 'patterns-on-the-operator-api',
      severity: 'error',
      comment: 'pattern detection is built on what every user has: millrace and millrace/operator',
      from: { path: '^packages/patterns/src/', pathNot: tests },
      to: { path: `^${core}/`, pathNot: `^${core}/(index|operator)\\.ts$` },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      // The façades of dsl/ give each other back (a stream's toTable(), a table's toStream()): a fluent interface is recursive.
      // They construct each other only when called, never while loading. A cycle that leaves dsl/ is still found from outside.
      comment:
        'modules that need each other at run time are one module, or need a third (cycles of types alone are fine)',
      from: { pathNot: ['^node_modules/', `^${core}/dsl/`] },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'declared-dependencies',
      severity: 'error',
      comment: 'a package imports only what its own package.json declares as a dependency',
      from: { path: '^packages/[^/]+/src/', pathNot: tests },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'] },
    },
    {
      name: 'resolvable',
      severity: 'error',
      comment: 'the import leads nowhere',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Our own build output only: libraries have their entry point in dist/ too.
    exclude: { path: '^(packages|examples|test|bench|docs)/.*/(dist|target|coverage)/' },
    combinedDependencies: false,
    tsPreCompilationDeps: 'specify',
    tsConfig: { fileName: 'tsconfig.json' },
    skipAnalysisNotInRules: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['millrace-source', 'import', 'node', 'default', 'types'],
      extensions: ['.ts', '.mts', '.mjs', '.js', '.json', '.node', '.d.ts'],
    },
  },
}
