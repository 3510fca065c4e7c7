import type { JsonObject } from '#apimachinery/meta/object-meta.ts'
import type { AdmissionPlugin } from '../registry/admission.ts'
import { isPod, listOf } from './pods.ts'

const conditions = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']

const covers = ({ key = '', effect = '' }: JsonObject, condition: string): boolean =>
  (key === '' || key === condition) && (effect === '' || effect === 'NoExecute')

/** Pods stay for five minutes on a node that is gone, unless they say otherwise. */
export const defaultTolerationSeconds: AdmissionPlugin = {
  name: 'DefaultTolerationSeconds',
  concerns: isPod,
  admit({ object }) {
    if (object === undefined) return
    const spec = (object.spec ??= {})
    const given = listOf(spec, 'tolerations')
    const missing = conditions
      .filter((condition) => !given.some((toleration) => covers(toleration, condition)))
      .map((key) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 }))
    if (missing.length > 0) spec['tolerations'] = [...given, ...missing]
  },
}
