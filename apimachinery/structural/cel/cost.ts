import type { ASTNode } from '@marcbachmann/cel-js'
import {
  isOperator,
  type Loop,
  loopOf,
  operandsOf,
  type OperatorNode,
  type OptionalMap,
  optionalMapOf,
  presenceOf,
} from './ast.ts'
import { type Argument, callCosts, ofOverload, plainCall, sorting } from './call-cost.ts'
import type { Checked } from './check.ts'
import type { DeclaredType } from './declared-type.ts'
import { loopCosts } from './loop-cost.ts'
import { operatorCost } from './operator-cost.ts'
import {
  add,
  listCreation,
  mapCreation,
  multiply,
  type Size,
  sizeOf,
  uniteSizes,
  unknownSize,
} from './sizes.ts'
import { type CelType, string } from './types.ts'

/** Sizes of what is in a list or a map. */
interface Entries {
  readonly key: Size
  readonly value: Size
}

interface Estimate {
  readonly cost: number
  readonly size: Size | undefined
  readonly entries: Entries | undefined
  /** Where the schema declares the value; undefined for what is computed. */
  readonly declared: Declared | undefined
}

type Declared = DeclaredType | 'nowhere'

type Scope = ReadonlyMap<string, Omit<Estimate, 'cost'>>

/**
 * The cost of an expression at most, in CEL's units (a step each), with all that the schema allows in place: cel-go's checker.Cost, by the same figures, as the estimate decides
 * which definitions are accepted.
 */
export function estimateCost(ast: ASTNode, checked: Checked, self: DeclaredType): number {
  return new Coster(checked, self).estimate(ast, new Map()).cost
}

const declaredSize = (declared: Declared | undefined): Size | undefined =>
  declared === undefined || declared === 'nowhere'
    ? undefined
    : { min: 0, max: declared.maxElements }

const scalars: ReadonlySet<string> = new Set([
  'bool',
  'int',
  'uint',
  'double',
  'duration',
  'timestamp',
])

const isScalar = (type: CelType): boolean =>
  scalars.has(type.kind) || (type.kind === 'optional' && isScalar(type.item))

const typeSize = (type: CelType): Size | undefined => (isScalar(type) ? sizeOf(1) : undefined)

class Coster {
  readonly #checked: Checked
  readonly #root: DeclaredType

  constructor(checked: Checked, root: DeclaredType) {
    this.#checked = checked
    this.#root = root
  }

  estimate(node: ASTNode, scope: Scope): Estimate {
    const computed = this.#compute(node, scope)
    const known = computed.size ?? declaredSize(computed.declared)
    return { ...computed, size: known ?? typeSize(this.#checked.typeOf(node)) }
  }

  /** One step further into the schema. From what is computed it leads to the root, as cel-go takes the first part of a path for a variable, whatever it is. */
  #step(from: Declared | undefined, to: (one: DeclaredType) => DeclaredType | undefined): Declared {
    if (from === undefined) return this.#root
    return from === 'nowhere' ? from : (to(from) ?? 'nowhere')
  }

  #compute(node: ASTNode, scope: Scope): Estimate {
    // The sign of a number is part of it.
    if (node.op === '-_' && node.args.op === 'value') return this.estimate(node.args, scope)
    if (isOperator(node)) return this.#operator(node, scope)
    switch (node.op) {
      case 'value':
        return { ...plain(0), size: literalSize(node.args) }
      case 'id': {
        const variable = scope.get(node.args)
        if (variable === undefined) return { ...plain(1), declared: this.#root }
        return { ...variable, cost: 1, size: this.#variableSize(node, variable) }
      }
      case '.':
        return this.#field(node, scope)
      case '[]':
        return this.#index(node, scope)
      case '.?':
        return plain(add(1, this.estimate(node.args[0], scope).cost))
      case '[?]':
        return plain(add(1, ...node.args.map((one) => this.estimate(one, scope).cost)))
      case 'list':
        return this.#list(node.args, scope)
      case 'map':
        return this.#map(node.args, scope)
      case '?:':
        return this.#conditional(node, scope)
      case 'call':
        return this.#functionCall(node, scope)
      case 'rcall':
        return this.#methodCall(node, scope)
      case '&&':
      case '||':
        return plain(add(...node.args.map((one) => this.estimate(one, scope).cost)))
    }
  }

  #variableSize(node: ASTNode, { declared, size }: Omit<Estimate, 'cost'>): Size | undefined {
    return declaredSize(declared) ?? typeSize(this.#checked.typeOf(node)) ?? size
  }

  #field(node: ASTNode & { op: '.' }, scope: Scope): Estimate {
    const [inner, name] = node.args
    const type = this.#checked.typeOf(inner)
    const isName = this.#checked.typeOf(node).kind === 'type'
    if (isName) return { ...plain(1), declared: this.#root }
    const of = this.estimate(inner, scope)
    const isCounted = type.kind === 'map' || type.kind === 'object'
    const declared = this.#step(of.declared, ({ type: known }) =>
      known.kind === 'object' ? known.fields.get(name) : undefined,
    )
    return { ...plain(of.cost + (isCounted ? 1 : 0)), declared }
  }

  #index(node: ASTNode & { op: '[]' }, scope: Scope): Estimate {
    const [inner, index] = node.args
    const of = this.estimate(inner, scope)
    const cost = add(1, of.cost, this.estimate(index, scope).cost)
    return { ...plain(cost), declared: this.#step(of.declared, elementOf), size: of.entries?.value }
  }

  #list(nodes: readonly ASTNode[], scope: Scope): Estimate {
    const items = nodes.map((one) => this.estimate(one, scope))
    const cost = add(listCreation, ...items.map((one) => one.cost))
    const entries = { key: sizeOf(1), value: united(items) }
    return { ...plain(cost), size: sizeOf(nodes.length), entries }
  }

  #map(pairs: readonly (readonly [ASTNode, ASTNode])[], scope: Scope): Estimate {
    const keys = pairs.map(([key]) => this.estimate(key, scope))
    const values = pairs.map(([, value]) => this.estimate(value, scope))
    const cost = add(mapCreation, ...[...keys, ...values].map((one) => one.cost))
    const entries = { key: united(keys), value: united(values) }
    return { ...plain(cost), size: sizeOf(pairs.length), entries }
  }

  #conditional(node: ASTNode & { op: '?:' }, scope: Scope): Estimate {
    const [condition, ...branches] = node.args
    const [left, right] = branches.map((one) => this.estimate(one, scope))
    if (left === undefined || right === undefined) return plain(0)
    return {
      ...plain(add(this.estimate(condition, scope).cost, Math.max(left.cost, right.cost))),
      size: uniteSizes(left.size ?? unknownSize, right.size ?? unknownSize),
      entries: uniteEntries(left.entries, right.entries),
    }
  }

  #operator(node: OperatorNode, scope: Scope): Estimate {
    const operands = operandsOf(node)
    const given = operands.map((one) => this.estimate(one, scope))
    const costs = add(...given.map(({ cost }) => cost))
    const [left, right] = given
    const made = operatorCost(node, {
      sizes: given.map(({ size }) => size ?? unknownSize),
      types: operands.map((one) => this.#checked.typeOf(one)),
      overloads: this.#checked.overloadsOf(node),
    })
    return {
      ...plain(add(costs, made.cost)),
      size: made.size,
      entries: made.size && uniteEntries(left?.entries, right?.entries),
    }
  }

  #functionCall(node: ASTNode & { op: 'call' }, scope: Scope): Estimate {
    const presence = presenceOf(node)
    if (presence?.op === '.') return plain(this.estimate(presence.args[0], scope).cost)
    const [name, args] = node.args
    const given = args.map((one) => this.estimate(one, scope))
    const [first] = given
    if (name === 'dyn' && first !== undefined)
      return { ...first, cost: add(1, first.cost), declared: undefined }
    return this.#call(name, this.#arguments(args, given), { costs: given, isMethod: false })
  }

  #arguments(nodes: readonly ASTNode[], estimates: readonly Estimate[]): Argument[] {
    return nodes.map((node, i) => ({
      node,
      type: this.#checked.typeOf(node),
      size: estimates[i]?.size,
      declared: estimates[i]?.declared,
    }))
  }

  #call(
    name: string,
    args: readonly Argument[],
    { costs, isMethod }: { costs: readonly Estimate[]; isMethod: boolean },
  ): Estimate {
    const found = ofOverload(name, args, isMethod) ?? (callCosts[name] ?? plainCall)(args)
    return { ...plain(add(found.cost, ...costs.map(({ cost }) => cost))), size: found.size }
  }

  #methodCall(node: ASTNode & { op: 'rcall' }, scope: Scope): Estimate {
    const loop = loopOf(node)
    if (loop !== undefined) return this.#loop(loop, scope)
    const map = optionalMapOf(node)
    if (map !== undefined) return this.#optionalMap(map, scope)
    const [name, receiver, rest] = node.args
    const nodes = [receiver, ...rest]
    const given = nodes.map((one) => this.estimate(one, scope))
    const type = this.#checked.typeOf(receiver)
    // The name of a namespace is no step of its own.
    const isNamespace = type.kind === 'opaque' && !type.name.includes('.')
    const costs = isNamespace ? given.slice(1) : given
    const called = isNamespace ? `${type.name}.${name}` : name
    return this.#call(called, this.#arguments(nodes, given), { costs, isMethod: true })
  }

  /** As if written `x.hasValue() ? optional.of(body with x.value()) : optional.none()`. */
  #optionalMap({ name, target, variable, body }: OptionalMap, scope: Scope): Estimate {
    const of = this.estimate(target, scope)
    const inside = new Map([...scope, [variable, plain(0)]])
    const made = this.estimate(body, inside)
    const bound = add(listCreation, 1, of.cost, made.cost)
    const present = name === 'optMap' ? add(1, bound) : bound
    return plain(add(1, of.cost, Math.max(present, 1)))
  }

  #loopVariables(
    names: readonly string[],
    range: Estimate,
    isList: boolean,
  ): [string, Omit<Estimate, 'cost'>][] {
    const keyOf = isList ? () => undefined : () => keyType
    const { declared, entries } = range
    const key = { ...plain(0), size: entries?.key, declared: this.#step(declared, keyOf) }
    const value = { ...plain(0), size: entries?.value, declared: this.#step(declared, elementOf) }
    const [first = '', second] = names
    if (second === undefined) return [[first, isList ? value : key]]
    return [
      [first, key],
      [second, value],
    ]
  }

  #loop(loop: Loop, scope: Scope): Estimate {
    const range = this.estimate(loop.range, scope)
    const over = this.#checked.typeOf(loop.range)
    const isList = over.kind === 'list'
    const inside = new Map([...scope, ...this.#loopVariables(loop.variables, range, isList)])
    const body = this.estimate(loop.body, inside)
    const filter = loop.filter && this.estimate(loop.filter, inside).cost
    const count = range.size ?? unknownSize
    const { start, step, end } = loopCosts[loop.name](body.cost)
    const each = filter === undefined ? step : add(filter, step)
    const cost = add(range.cost, start, end, multiply(count.max, each))
    if (loop.name === 'sortBy') {
      const keys = {
        node: loop.body,
        type: this.#checked.typeOf(loop.range),
        size: count,
        declared: undefined,
      }
      const call = sorting([keys], this.#checked.typeOf(loop.body))
      return { ...plain(add(cost, listCreation, 2, call.cost)), size: call.size }
    }
    if (loop.name === 'map' || loop.name === 'transformList') {
      return { ...plain(cost), size: count, entries: itemEntries(body.size) }
    }
    if (loop.name === 'filter') {
      const [item] = loop.variables
      const kept = inside.get(item ?? '')
      const known = declaredSize(kept?.declared) ?? (isList ? typeSize(over.item) : undefined)
      return { ...plain(cost), size: count, entries: itemEntries(known ?? kept?.size) }
    }
    return { ...plain(cost), size: loop.name.startsWith('transform') ? count : sizeOf(1) }
  }
}

const elementOf = ({ element }: DeclaredType): DeclaredType | undefined => element

/** Keys count as short. */
const keyType: DeclaredType = { type: string, maxElements: 0, minSize: 2 }

const plain = (cost: number): Estimate => ({
  cost,
  size: undefined,
  entries: undefined,
  declared: undefined,
})

const itemEntries = (size: Size | undefined): Entries => ({
  key: sizeOf(1),
  value: { min: 0, max: (size ?? unknownSize).max },
})

const united = (items: readonly Estimate[]): Size =>
  items.length === 0
    ? sizeOf(0)
    : items.map(({ size }) => size ?? unknownSize).reduce((a, b) => uniteSizes(a, b))

const uniteEntries = (a: Entries | undefined, b: Entries | undefined): Entries | undefined =>
  a &&
  b && {
    key: uniteSizes(a.key, b.key),
    value: uniteSizes(a.value, b.value),
  }

function literalSize(value: unknown): Size {
  if (typeof value === 'string') return sizeOf(Array.from(value).length)
  return sizeOf(value instanceof Uint8Array ? value.length : 1)
}
