/** A condition as people read it: the labels of the user's functions, with and, or and not. */

import type { Condition } from '../pattern/definition.ts'

export function conditionText(condition: Condition): string {
  switch (condition.kind) {
    case 'always':
      return 'any event'
    case 'test':
      return condition.label
    case 'not':
      return `not (${conditionText(condition.of)})`
    case 'and':
      if (condition.left.kind === 'always') return conditionText(condition.right)
      if (condition.right.kind === 'always') return conditionText(condition.left)
      return `(${conditionText(condition.left)}) and (${conditionText(condition.right)})`
    case 'or':
      return `(${conditionText(condition.left)}) or (${conditionText(condition.right)})`
  }
}
