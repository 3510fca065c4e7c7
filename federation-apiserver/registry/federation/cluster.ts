import { isIP, isIPv6 } from 'node:net'
import { type FieldError, invalid, required } from '#apimachinery/errors/field-error.ts'
import { validateLabel1035 } from '#apimachinery/meta/names.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import type { Strategy } from '../strategy.ts'

interface ServerAddress {
  clientCIDR?: string
}

const field = 'spec.serverAddressByClientCIDRs'

function isCIDR(text: string): boolean {
  const match = /^([^/]+)\/(\d{1,3})$/.exec(text)
  const address = match?.[1] ?? ''
  return isIP(address) !== 0 && Number(match?.[2]) <= (isIPv6(address) ? 128 : 32)
}

function validateCluster(object: ApiObject): FieldError[] {
  const addresses = (object.spec?.['serverAddressByClientCIDRs'] ?? []) as ServerAddress[]
  if (addresses.length === 0) return [required(field)]
  return addresses.flatMap(({ clientCIDR = '' }, i) =>
    isCIDR(clientCIDR)
      ? []
      : [
          invalid(
            `${field}[${i}].clientCIDR`,
            clientCIDR,
            'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
          ),
        ],
  )
}

/** A member cluster. Its name becomes a label of DNS names. */
export const clusterStrategy: Strategy = {
  group: 'federation',
  resource: 'clusters',
  validateName: validateLabel1035,
  validate: validateCluster,
}
