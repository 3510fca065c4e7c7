import type { UnsupportedFlags } from '#apimachinery/errors/flag-error.ts'

/** Flags of kube-controller-manager 1.36 that this one does not have: what it does instead, or that it does not do it yet. */
export const unsupportedFlags: readonly UnsupportedFlags[] = [
  {
    flags: ['cluster-signing-*'],
    why: 'certificates are not signed yet: an approved CertificateSigningRequest stays without one',
  },
  {
    flags: [
      ...['secure-port', 'cert-dir', 'client-ca-file', 'tls-*', 'authentication-*'],
      ...['authorization-*', 'requestheader-*', 'http2-*', 'disable-http2-serving', 'permit-*'],
    ],
    why: 'health and metrics are served over plain HTTP on --bind-address and --health-port',
  },
  {
    flags: ['v', 'vmodule', 'logging-format', 'log-*', 'profiling', 'contention-profiling'],
    why: 'logs are JSON lines on standard error, as many as --log-level says',
  },
  {
    flags: ['allow-metric-labels*', 'disabled-metrics', 'show-hidden-metrics-for-version'],
    why: 'every metric of /metrics is always there',
  },
  { flags: ['version'], why: 'the version is in /version of the API server' },
  { flags: ['master', 'kube-api-*'], why: 'the API server is found by --kubeconfig and --context' },
  {
    flags: ['leader-elect-resource-*', '*leader-migration*'],
    why: 'the Lease is federation-system/federation-controller-manager',
  },
  {
    flags: ['service-account-private-key-file', 'use-service-account-credentials'],
    why: 'tokens are signed by the API server, and the controllers share the credentials of --kubeconfig',
  },
  {
    flags: ['feature-gates', 'emulated-version', 'min-compatibility-version'],
    why: 'there are no features to choose from',
  },
  {
    flags: [
      ...['concurrent-*', 'min-resync-period', '*-sync-period', '*-updates-batch-period'],
      ...['controller-*', 'enable-garbage-collector', 'kube-api-qps', 'kube-api-burst'],
    ],
    why: 'how the controllers work is fixed; --controllers says which of them run',
  },
  {
    flags: [
      ...['*cloud*', '*cidr*', '*node*', '*volume*', 'flex-*', 'pv*', 'attach-detach-*'],
      ...['disable-attach-*', 'disable-force-*', 'enable-dynamic-*', 'enable-hostpath-*'],
      ...['horizontal-pod-autoscaler-*', 'legacy-service-account-*', 'mirroring-*', 'route-*'],
      ...['*eviction-rate', '*-threshold', 'max-endpoints-per-slice', 'cluster-name'],
      'service-cluster-ip-range',
    ],
    why: 'the controllers of Pods, nodes, volumes, endpoints and clouds run in the members',
  },
]
