import type { JsonObject } from '#apimachinery/meta/object-meta.ts'

const given = (value: unknown): boolean => value !== undefined && value !== ''

/** Fields of a Service that nothing comes of. */
export function serviceWarnings(spec: JsonObject): string[] {
  const { type, externalIPs } = spec
  const warnings: string[] = []
  if (type === 'ExternalName' && given(spec['clusterIP'])) {
    warnings.push('spec.clusterIP is ignored when spec.type is "ExternalName"')
  }
  if (type !== 'ExternalName' && given(spec['externalName'])) {
    warnings.push('spec.externalName is ignored when spec.type is not "ExternalName"')
  }
  if (Array.isArray(externalIPs) && externalIPs.length > 0) {
    warnings.unshift(
      'spec.externalIPs is deprecated and may no longer be implemented in some clusters',
    )
  }
  if (spec['clusterIP'] !== 'None') return warnings
  if (given(spec['loadBalancerIP'])) {
    warnings.push('spec.loadBalancerIP is ignored for headless services')
  }
  if (Array.isArray(externalIPs) && externalIPs.length > 0) {
    warnings.push('spec.externalIPs is ignored for headless services')
  }
  if (given(spec['sessionAffinity']) && spec['sessionAffinity'] !== 'None') {
    warnings.push('spec.SessionAffinity is ignored for headless services')
  }
  return warnings
}
