/**
 * What a property says it tries is what it tries: fast-check makes arrays and strings of some ten elements at most by
 * default, whatever `maxLength` allows, and a cache or a log of ten steps never fills. Loaded before every test file.
 */
import fc from 'fast-check'

fc.configureGlobal({ defaultSizeToMaxWhenMaxSpecified: true })
