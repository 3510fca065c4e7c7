import { validateQualifiedName } from '#apimachinery/meta/names.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'

const standard: ReadonlySet<string> = new Set(['orphan', 'foregroundDeletion', 'kubernetes'])

function warningsOf(finalizer: string): string[] {
  const at = `metadata.finalizers: ${JSON.stringify(finalizer)}`
  const problems = validateQualifiedName(finalizer).map((problem) => `${at}: ${problem}`)
  if (finalizer.includes('/') || standard.has(finalizer)) return problems
  const path = finalizer.includes('.') ? ' including a path (/)' : ''
  const prefer = `prefer a domain-qualified finalizer name${path} to avoid accidental conflicts with other finalizer writers`
  return [...problems, `${at}: ${prefer}`]
}

/** Of a custom resource: names of new finalizers that others might choose too. */
export function finalizerWarnings(object: ApiObject, old?: Readonly<ApiObject>): string[] {
  const before = new Set(old?.metadata.finalizers)
  const given = new Set(object.metadata.finalizers)
  const added = [...given].filter((finalizer) => !before.has(finalizer))
  return added.sort().flatMap(warningsOf)
}
