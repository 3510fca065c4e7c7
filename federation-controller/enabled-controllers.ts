import { controllerNames } from './controllers.ts'

/** As kube-controller-manager reads it: `*` is all, `name` is one more, `-name` is never. */
export function enabledControllers(wanted: readonly string[]): string[] {
  return controllerNames.filter(
    (name) => !wanted.includes(`-${name}`) && (wanted.includes('*') || wanted.includes(name)),
  )
}

export const unknownControllers = (wanted: readonly string[]): string[] =>
  wanted.filter((name) => name !== '*' && !controllerNames.includes(name.replace(/^-/, '')))
