import { Environment } from '@marcbachmann/cel-js'
import { addValues } from './functions/addition.ts'
import { isEqualValue } from './functions/equality.ts'
import type { Library } from './functions/library.ts'
import { lists } from './functions/lists.ts'
import { namedFormats } from './functions/named-formats.ts'
import { network } from './functions/network.ts'
import { numbers } from './functions/numbers.ts'
import { texts } from './functions/text.ts'
import { registerMacros } from './macros.ts'
import { ownName } from './print.ts'

const libraries: readonly Library[] = [lists, texts, numbers, network, namedFormats]

/** CEL as rules have it: the language with the libraries of Kubernetes 1.36 (kubernetes.io/docs, "CEL in Kubernetes"). */
export function createEnvironment(oldSelf: 'dyn' | 'optional<dyn>'): Environment {
  const env = new Environment({
    enableOptionalTypes: true,
    homogeneousAggregateLiterals: false,
    limits: { maxAstNodes: 20_000, maxDepth: 100 },
  })
  env.registerVariable('self', 'dyn').registerVariable('oldSelf', oldSelf)
  for (const { types = [], namespaces = {} } of libraries) {
    for (const { name, ctor } of types) {
      env.registerType(name, { ctor, fields: {} })
      env.registerOperator(`${name} == ${name}`, isEqualValue)
    }
    for (const [name, value] of Object.entries(namespaces)) {
      env.registerConstant(name, value.constructor.name, value)
    }
  }
  for (const { functions } of libraries) {
    for (const [signature, handler] of Object.entries(functions)) {
      env.registerFunction(signature, handler)
    }
  }
  env.registerFunction(`${ownName('equal')}(dyn, dyn): bool`, isEqualValue)
  env.registerFunction(`${ownName('add')}(dyn, dyn): dyn`, addValues)
  registerMacros(env)
  return env
}
