/** Functions by the signatures that the library registers: `list<T>.indexOf(T): int`; methods get their receiver first. */
export type Functions = Readonly<Record<string, (...args: never[]) => unknown>>

/** A type of values that only functions can look into; they are Equatable, but for namespaces. */
export interface OpaqueType {
  readonly name: string
  readonly ctor: new (...args: never[]) => object
}

/** A part of CEL in Kubernetes (kubernetes.io/docs, "CEL options, language features and libraries"). */
export interface Library {
  readonly functions: Functions
  readonly types?: readonly OpaqueType[]
  /** Names whose methods are the functions of a namespace: `sets.contains(a, b)`. */
  readonly namespaces?: Readonly<Record<string, object>>
}
