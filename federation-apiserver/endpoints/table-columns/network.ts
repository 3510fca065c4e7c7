import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import {
  age,
  at,
  type Column,
  field,
  formatLabels,
  formatSelector,
  listAt,
  name,
  orElse,
  text,
  textAt,
  wide,
} from './column.ts'

const ingressOf = (service: ApiObject): string[] =>
  listAt(service, 'status.loadBalancer.ingress')
    .map((i) => orElse(textAt(i, 'ip'), textAt(i, 'hostname')))
    .filter(Boolean)

/** The EXTERNAL-IP column: load-balancer addresses are cut to 16 characters unless wide, which Tables cannot know: whole here. */
function externalIp(service: ApiObject): string {
  const external = listAt(service, 'spec.externalIPs').map(text)
  switch (textAt(service, 'spec.type')) {
    case 'ExternalName':
      return textAt(service, 'spec.externalName')
    case 'LoadBalancer':
      return orElse([...ingressOf(service), ...external].join(','), '<pending>')
    default:
      return orElse(external.join(','), '<none>')
  }
}

function ports(service: ApiObject): string {
  const shown = listAt(service, 'spec.ports').map((p) => {
    const node = textAt(p, 'nodePort')
    return `${textAt(p, 'port')}${node === '' || node === '0' ? '' : `:${node}`}/${textAt(p, 'protocol')}`
  })
  return orElse(shown.join(','), '<none>')
}

/** At most three, then how many more. */
const shorten = (items: readonly string[]): string =>
  items.length === 0
    ? '<none>'
    : items.length <= 3
      ? items.join(',')
      : `${items.slice(0, 3).join(',')} + ${items.length - 3} more...`

function endpoints(o: ApiObject): string {
  const all = listAt(o, 'subsets').flatMap((subset) => {
    const addresses = listAt(subset, 'addresses').map((a) => textAt(a, 'ip'))
    const numbers = listAt(subset, 'ports').map((p) => textAt(p, 'port'))
    if (numbers.length === 0) return addresses
    return numbers.flatMap((port) =>
      addresses.map((ip) => (ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`)),
    )
  })
  return all.length === 0 && listAt(o, 'subsets').length > 0 ? '' : shorten(all)
}

const slicePorts = (o: ApiObject): string =>
  at(o, 'ports') === null || at(o, 'ports') === undefined
    ? '<unset>'
    : orElse(
        shorten(listAt(o, 'ports').map((p) => orElse(textAt(p, 'port'), '*'))),
        '<unset>',
      ).replace('<none>', '<unset>')

const ingressAddress = (o: ApiObject): string => ingressOf(o).join(',')

const ingressPorts = (o: ApiObject): string => (listAt(o, 'spec.tls').length > 0 ? '80, 443' : '80')

const ingressHosts = (o: ApiObject): string => {
  const hosts = listAt(o, 'spec.rules')
    .map((rule) => textAt(rule, 'host'))
    .filter(Boolean)
  return hosts.length === 0 ? '*' : shorten(hosts)
}

export const networkColumns: Readonly<Record<string, readonly Column[]>> = {
  '/services': [
    name,
    field('Type', 'spec.type'),
    field('Cluster-IP', 'spec.clusterIP', '<none>'),
    { name: 'External-IP', cell: externalIp },
    { name: 'Port(s)', cell: ports },
    age,
    wide({ name: 'Selector', cell: (o) => formatLabels(at(o, 'spec.selector')) }),
  ],
  '/endpoints': [name, { name: 'Endpoints', cell: endpoints }, age],
  'discovery.k8s.io/endpointslices': [
    name,
    field('AddressType', 'addressType'),
    { name: 'Ports', cell: slicePorts },
    {
      name: 'Endpoints',
      cell: (o) => {
        const all = listAt(o, 'endpoints').flatMap((e) => listAt(e, 'addresses').map(text))
        return all.length === 0 ? '<unset>' : shorten(all)
      },
    },
    age,
  ],
  'networking.k8s.io/ingresses': [
    name,
    field('Class', 'spec.ingressClassName', '<none>'),
    { name: 'Hosts', cell: ingressHosts },
    { name: 'Address', cell: ingressAddress },
    { name: 'Ports', cell: ingressPorts },
    age,
  ],
  'networking.k8s.io/ingressclasses': [
    name,
    field('Controller', 'spec.controller'),
    {
      name: 'Parameters',
      cell: (o) => {
        const ref = at(o, 'spec.parameters')
        if (ref === undefined) return '<none>'
        const group = textAt(ref, 'apiGroup')
        return `${textAt(ref, 'kind')}${group === '' ? '' : `.${group}`}/${textAt(ref, 'name')}`
      },
    },
    age,
  ],
  'networking.k8s.io/networkpolicies': [
    name,
    { name: 'Pod-Selector', cell: (o) => formatSelector(at(o, 'spec.podSelector')) },
    age,
  ],
  'networking.k8s.io/servicecidrs': [
    name,
    { name: 'CIDRs', cell: (o) => listAt(o, 'spec.cidrs').map(text).join(',') },
    age,
  ],
  'networking.k8s.io/ipaddresses': [
    name,
    {
      name: 'ParentRef',
      cell: (o) =>
        ['resource', 'namespace', 'name']
          .map((part) => textAt(o, `spec.parentRef.${part}`))
          .filter((part) => part !== '')
          .join('/'),
    },
  ],
}
