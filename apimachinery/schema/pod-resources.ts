import type { JsonObject } from '../meta/object-meta.ts'
import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  type Quantity,
} from '../meta/quantity.ts'
import { asObject, asObjects } from '../scheme/rules/read.ts'

export type Quantities = ReadonlyMap<string, Quantity>

/** What is asked for, and what may be taken. */
export interface Needs {
  readonly requests: Quantities
  readonly limits: Quantities
}

/** What a Pod can say of itself as a whole. (KEP-2837) */
export const ofWholePods: readonly string[] = ['cpu', 'memory']

const isOfWholePods = (name: string): boolean =>
  ofWholePods.includes(name) || name.startsWith('hugepages-')

/** Amounts by name; what is no quantity is left out. */
export const quantitiesOf = (amounts: unknown): Quantities =>
  new Map(
    Object.entries(asObject(amounts)).flatMap(([name, amount]) => {
      const quantity = parseQuantity(amount as string | number)
      return quantity === undefined ? [] : [[name, quantity]]
    }),
  )

/** Of a field `resources`. */
export const needsOf = (resources: unknown): Needs => {
  const { requests, limits } = asObject(resources)
  return { requests: quantitiesOf(requests), limits: quantitiesOf(limits) }
}

function merged(
  all: readonly Quantities[],
  both: (a: Quantity, b: Quantity) => Quantity,
): Quantities {
  const result = new Map<string, Quantity>()
  for (const [name, amount] of all.flatMap((each) => [...each])) {
    const before = result.get(name)
    result.set(name, before === undefined ? amount : both(before, amount))
  }
  return result
}

const sum = (all: readonly Quantities[]): Quantities => merged(all, addQuantities)
const greatest = (all: readonly Quantities[]): Quantities =>
  merged(all, (a, b) => (compareQuantities(b, a) > 0 ? b : a))

/** What a Pod's containers need at one time: all of them with the sidecars, or an init container with the sidecars before it. (KEP-753) */
export function containersNeed(spec: Readonly<JsonObject>, field: keyof Needs): Quantities {
  const of = (container: JsonObject): Quantities => needsOf(container['resources'])[field]
  const sidecars: Quantities[] = []
  const starts: Quantities[] = []
  for (const container of asObjects(spec['initContainers'])) {
    starts.push(sum([of(container), ...sidecars]))
    if (container['restartPolicy'] === 'Always') sidecars.push(of(container))
  }
  return greatest([sum([...asObjects(spec['containers']).map(of), ...sidecars]), ...starts])
}

/** A Pod with limits as a whole requests, where it does not say, what its containers do, and what it may take where they do not say either. */
export function requestForWholePod(spec: JsonObject): void {
  const own = asObject(spec['resources'])
  const limits = asObject(own['limits'])
  if (Object.keys(limits).length === 0) return
  const asked = [...containersNeed(spec, 'requests')]
    .filter(([name]) => ofWholePods.includes(name))
    .map(([name, amount]) => [name, formatQuantity(amount)] as const)
  const requests = {
    ...Object.fromEntries(Object.entries(limits).filter(([name]) => isOfWholePods(name))),
    ...Object.fromEntries(asked),
    ...asObject(own['requests']),
  }
  if (Object.keys(requests).length > 0) own['requests'] = requests
}
