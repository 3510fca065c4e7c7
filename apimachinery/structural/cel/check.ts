import type { ASTNode } from '@marcbachmann/cel-js'
import { isOperator, type Loop, loopOf, operandsOf, optionalMapOf, presenceOf } from './ast.ts'
import { type Declarations, type Overload, shownCall, shownName } from './declarations.ts'
import {
  areAssignable,
  type Bindings,
  bool,
  bytes,
  type CelType,
  double,
  dyn,
  instantiate,
  int,
  isSameType,
  listOf,
  mapOf,
  mostGeneral,
  nullType,
  optionalOf,
  string,
  substitute,
  typeName,
  uint,
} from './types.ts'

/** What checking found out about an expression. */
export interface Checked {
  readonly result: CelType
  readonly typeOf: (node: ASTNode) => CelType
  /** The ways to call that fit; more than one when types are known at run time only. */
  readonly overloadsOf: (node: ASTNode) => readonly Overload[]
}

type Scope = ReadonlyMap<string, CelType>

/** Checks the types of an expression as cel-go's checker does. Throws Error with the first thing that is wrong. */
export function checkTypes(ast: ASTNode, declarations: Declarations, variables: Scope): Checked {
  const checker = new Checker(declarations)
  const result = checker.check(ast, new Map([...declarations.names, ...variables]))
  return {
    result: checker.final(result),
    typeOf: (node) => checker.final(checker.types.get(node) ?? dyn),
    overloadsOf: (node) => checker.overloads.get(node) ?? [],
  }
}

const isDyn = ({ kind }: CelType): boolean => kind === 'dyn'

class Checker {
  readonly types = new Map<ASTNode, CelType>()
  readonly overloads = new Map<ASTNode, Overload[]>()
  readonly #bindings: Bindings = new Map()
  readonly #declarations: Declarations

  constructor(declarations: Declarations) {
    this.#declarations = declarations
  }

  final(type: CelType): CelType {
    return substitute(this.#bindings, type, true)
  }

  check(node: ASTNode, scope: Scope): CelType {
    const type = this.#typeOf(node, scope)
    this.types.set(node, type)
    return type
  }

  #finals(types: readonly CelType[]): CelType[] {
    return types.map((one) => this.final(one))
  }

  #known(type: CelType): CelType {
    return substitute(this.#bindings, type)
  }

  #typeOf(node: ASTNode, scope: Scope): CelType {
    if (isOperator(node)) {
      const args = this.#all(operandsOf(node), scope)
      return this.#resolve(node, node.op, { args, isMethod: false })
    }
    switch (node.op) {
      case 'value':
        return literalType(node.args)
      case 'id':
        return this.#variable(node.args, scope)
      case '.':
        return this.#qualified(node, scope) ?? this.#field(node.args, scope, false)
      case '.?':
        return this.#field(node.args, scope, true)
      case '[]':
      case '[?]':
        return this.#index(node, scope)
      case 'list':
        return listOf(this.#joined(node.args, scope))
      case 'map':
        return this.#mapLiteral(node.args, scope)
      case '?:':
        return this.#conditional(node, scope)
      case '&&':
      case '||':
        this.#expect(node.op, node.args, { scope, types: [bool, bool] })
        return bool
      case 'call':
        return this.#functionCall(node, scope)
      case 'rcall':
        return this.#methodCall(node, scope)
    }
  }

  #all(nodes: readonly ASTNode[], scope: Scope): CelType[] {
    return nodes.map((one) => this.check(one, scope))
  }

  #variable(name: string, scope: Scope): CelType {
    const type = scope.get(name)
    if (type === undefined) throw new Error(`undeclared reference to '${name}' (in container '')`)
    return type
  }

  /** `google.protobuf.Timestamp` is a name with dots. */
  #qualified(node: ASTNode, scope: Scope): CelType | undefined {
    const name = dottedName(node)
    const isType = name === 'google.protobuf.Timestamp' || name === 'google.protobuf.Duration'
    return isType && scope.get('google')?.kind === 'map' ? { kind: 'type' } : undefined
  }

  #field([inner, field]: [ASTNode, string], scope: Scope, isOptional: boolean): CelType {
    const given = this.#known(this.check(inner, scope))
    const target = given.kind === 'optional' ? this.#known(given.item) : given
    const type = this.#fieldType(target, field)
    return given.kind === 'optional' || isOptional ? optionalOf(type) : type
  }

  #fieldType(target: CelType, field: string): CelType {
    if (target.kind === 'map') return target.value
    if (target.kind === 'dyn' || target.kind === 'param') return dyn
    if (target.kind !== 'object') {
      throw new Error(`type '${typeName(target)}' does not support field selection`)
    }
    const known = target.fields.get(field)
    if (known === undefined) throw new Error(`undefined field '${field}'`)
    return known.type
  }

  #index(node: ASTNode & { op: '[]' | '[?]' }, scope: Scope): CelType {
    const [inner, index] = node.args
    const given = this.#known(this.check(inner, scope))
    const at = this.check(index, scope)
    const target = given.kind === 'optional' ? this.#known(given.item) : given
    const key = target.kind === 'list' ? int : target.kind === 'map' ? target.key : dyn
    const isKnown = ['list', 'map', 'dyn', 'param'].includes(target.kind)
    if (!isKnown || !areAssignable(this.#bindings, [at], [key])) {
      throw noOverload(node.op === '[]' ? '_[_]' : '_[?_]', this.#finals([given, at]))
    }
    const type = target.kind === 'list' ? target.item : target.kind === 'map' ? target.value : dyn
    return given.kind === 'optional' || node.op === '[?]' ? optionalOf(type) : type
  }

  /** The type of all of them; `dyn` when they have several. */
  #joined(nodes: readonly ASTNode[], scope: Scope): CelType {
    let joined: CelType | undefined
    for (const node of nodes) {
      const type = this.check(node, scope)
      if (joined === undefined) joined = type
      else if (areAssignable(this.#bindings, [type], [joined])) {
        joined = mostGeneral(this.#known(joined), this.#known(type))
      } else joined = dyn
    }
    return joined ?? { kind: 'param', name: 'T' }
  }

  #mapLiteral(entries: readonly (readonly [ASTNode, ASTNode])[], scope: Scope): CelType {
    const keys = entries.map(([key]) => key)
    const values = entries.map(([, value]) => value)
    return mapOf(this.#joined(keys, scope), this.#joined(values, scope))
  }

  #conditional(node: ASTNode & { op: '?:' }, scope: Scope): CelType {
    const [condition, ...branches] = node.args
    const [left, right] = this.#all(branches, scope)
    const given = [this.check(condition, scope), left ?? dyn, right ?? dyn]
    const [result = dyn] = instantiate([{ kind: 'param', name: 'A' }])
    if (!areAssignable(this.#bindings, given, [bool, result, result])) {
      throw noOverload('_?_:_', this.#finals(given))
    }
    return this.#known(result)
  }

  #expect(
    name: string,
    nodes: readonly ASTNode[],
    { scope, types }: { scope: Scope; types: readonly CelType[] },
  ): void {
    const given = this.#all(nodes, scope)
    if (areAssignable(this.#bindings, given, types)) return
    throw noOverload(shownName(name), this.#finals(given))
  }

  #functionCall(node: ASTNode & { op: 'call' }, scope: Scope): CelType {
    const presence = presenceOf(node)
    if (presence !== undefined) {
      if (presence.op !== '.') throw new Error('invalid argument to has() macro')
      this.check(presence, scope)
      return bool
    }
    const [name, args] = node.args
    return this.#resolve(node, name, { args: this.#all(args, scope), isMethod: false })
  }

  #methodCall(node: ASTNode & { op: 'rcall' }, scope: Scope): CelType {
    const loop = loopOf(node)
    if (loop !== undefined) return this.#loop(loop, scope)
    const map = optionalMapOf(node)
    const [name, receiver, args] = node.args
    if (map === undefined) {
      const given = this.#all([receiver, ...args], scope)
      return this.#resolve(node, name, { args: given, isMethod: true })
    }
    const target = this.#known(this.check(map.target, scope))
    if (target.kind !== 'optional' && !isDyn(target)) throw noOverload('hasValue', [target])
    const item = target.kind === 'optional' ? target.item : dyn
    const body = this.check(map.body, new Map([...scope, [map.variable, item]]))
    return map.name === 'optMap' ? optionalOf(body) : body
  }

  #resolve(
    node: ASTNode,
    name: string,
    { args, isMethod }: { args: readonly CelType[]; isMethod: boolean },
  ): CelType {
    const named = this.#declarations.functions.get(name)
    if (named === undefined) throw new Error(`undeclared reference to '${name}' (in container '')`)
    const fitting: Overload[] = []
    let result: CelType | undefined
    for (const overload of named) {
      if (overload.isMethod !== isMethod) continue
      const [type = dyn, ...wanted] = instantiate([overload.result, ...overload.args])
      if (!areAssignable(this.#bindings, args, wanted)) continue
      fitting.push(overload)
      const found = this.#known(type)
      if (result === undefined) result = found
      else if (!isDyn(result) && !isSameType(found, result)) result = dyn
    }
    if (result === undefined) throw noOverload(shownName(name), this.#finals(args), isMethod)
    this.overloads.set(node, fitting)
    return result
  }

  #loop({ name, range, variables, filter, body }: Loop, scope: Scope): CelType {
    const over = this.#known(this.check(range, scope))
    const types = variableTypes(over, variables.length)
    const inside = new Map([
      ...scope,
      ...variables.map((one, i) => [one, types[i] ?? dyn] as const),
    ])
    if (filter !== undefined) this.#expect('?:', [filter], { scope: inside, types: [bool] })
    if (name === 'all' || name === 'exists' || name === 'existsOne' || name === 'filter') {
      this.#expect(name, [body], { scope: inside, types: [bool] })
      return name === 'filter' ? listOf(types[0] ?? dyn) : bool
    }
    const made = this.check(body, inside)
    switch (name) {
      case 'transformMap':
        return mapOf(types[0] ?? dyn, made)
      case 'transformMapEntry':
        return this.#known(made)
      case 'sortBy':
        if (over.kind === 'map' || !sortable.has(this.#known(made).kind)) {
          throw noOverload('sortBy', this.#finals([over, listOf(made)]), true)
        }
        return listOf(types[0] ?? dyn)
      case 'map':
      case 'transformList':
        return listOf(made)
    }
  }
}

/** What lists can be sorted by. */
const sortable: ReadonlySet<string> = new Set([
  ...['dyn', 'int', 'uint', 'double', 'bool', 'string', 'bytes', 'timestamp', 'duration'],
])

function variableTypes(over: CelType, count: number): CelType[] {
  if (over.kind === 'list') return count === 1 ? [over.item] : [int, over.item]
  if (over.kind === 'map') return count === 1 ? [over.key] : [over.key, over.value]
  if (over.kind === 'dyn' || over.kind === 'param') return Array.from({ length: count }, () => dyn)
  throw new Error(
    `expression of type '${typeName(over)}' cannot be range of a comprehension (must be list, map, or dynamic)`,
  )
}

const literals: readonly (readonly [(value: unknown) => boolean, CelType])[] = [
  [(value) => typeof value === 'string', string],
  [(value) => typeof value === 'bigint', int],
  [(value) => typeof value === 'number', double],
  [(value) => typeof value === 'boolean', bool],
  [(value) => value === null, nullType],
  [(value) => value instanceof Uint8Array, bytes],
]

const literalType = (value: unknown): CelType => literals.find(([is]) => is(value))?.[1] ?? uint

function dottedName(node: ASTNode): string {
  if (node.op === 'id') return node.args
  return node.op === '.' ? `${dottedName(node.args[0])}.${node.args[1]}` : ''
}

const noOverload = (name: string, args: readonly CelType[], isMethod = false): Error =>
  new Error(`found no matching overload for '${name}' applied to '${shownCall(args, isMethod)}'`)
