import type { UnsupportedFlags } from '#apimachinery/errors/flag-error.ts'

/** Flags of kube-apiserver 1.36 that this server does not have: what it does instead, or that it does not do it yet. */
export const unsupportedFlags: readonly UnsupportedFlags[] = [
  {
    flags: ['oidc-*', 'authentication-config', 'authentication-token-webhook-*'],
    why: 'tokens of an OpenID Connect issuer or of a webhook are not accepted yet; use client certificates, ServiceAccount tokens, or --client-ca-file and --token-auth-file of federation-apiserver',
  },
  {
    flags: ['anonymous-auth'],
    why: 'anonymous requests reach health and version, and what RBAC gives to system:anonymous; bind nothing to it',
  },
  {
    flags: ['enable-bootstrap-token-auth'],
    why: 'bootstrap tokens are not accepted; nodes do not join a federation, clusters do (kubefed join)',
  },
  {
    flags: ['authorization-*'],
    why: 'RBAC is always on, and no other authorizer is supported yet',
  },
  {
    flags: ['audit-*'],
    why: 'no audit log is written yet; each answer has an Audit-Id, and --log-level=debug logs each request with it, its user, verb, object, code and latency',
  },
  {
    flags: ['encryption-provider-config*'],
    why: 'KMS and provider configurations are not supported yet; Secrets are always encrypted (AES-256-GCM), with the keys of --encryption-key-file of federation-apiserver',
  },
  {
    flags: [
      ...['enable-admission-plugins', 'disable-admission-plugins', 'admission-control'],
      'admission-control-config-file',
    ],
    why: 'the admission plugins are always the same, and admission webhooks and policies are not called yet; see docs/compatibility.md',
  },
  {
    flags: ['requestheader-*', 'proxy-client-*', 'enable-aggregator-routing', 'aggregator-*'],
    why: 'API aggregation is not supported yet: nothing is proxied to or from other API servers',
  },
  {
    flags: ['peer-*'],
    why: 'every API server of a federation serves the same resources, so requests are not passed on to peers',
  },
  {
    flags: ['service-account-*', 'api-audiences'],
    why: 'ServiceAccount tokens are signed with the key in pki/ of --data-dir, for the issuer https://kubernetes.default.svc; other keys and issuers are not supported yet',
  },
  {
    flags: ['default-not-ready-toleration-seconds', 'default-unreachable-toleration-seconds'],
    why: 'tolerations of Pods are those of the defaults, 300 seconds',
  },
  {
    flags: ['kubelet-*', 'egress-selector-config-file', 'allow-privileged', 'enable-logs-handler'],
    why: 'a federation has no nodes; Pods run in the members',
  },
  {
    flags: [
      ...['service-cluster-ip-range', 'service-node-port-range', 'kubernetes-service-node-port'],
      'endpoint-reconciler-type',
    ],
    why: 'Services get their addresses in the members',
  },
  {
    flags: [
      ...['feature-gates', 'runtime-config', 'runtime-config-emulation-forward-compatible'],
      ...['emulated-version', 'emulation-forward-compatible', 'min-compatibility-version'],
    ],
    why: 'the GA versions of Kubernetes 1.36 are served, no others',
  },
  {
    flags: [
      ...['enable-priority-and-fairness', 'max-connection-bytes-per-sec', 'min-request-timeout'],
      ...['request-timeout', 'http2-max-streams-per-connection', 'goaway-chance'],
    ],
    why: 'the limits are fixed, but those of requests in flight: --max-requests-inflight and --max-mutating-requests-inflight of federation-apiserver',
  },
  {
    flags: [
      ...['shutdown-send-retry-after', 'shutdown-watch-termination-grace-period'],
      'livez-grace-period',
    ],
    why: 'at SIGTERM /readyz fails, after --shutdown-delay-duration of federation-apiserver watches end, and running requests have 5 seconds to finish',
  },
  {
    flags: [
      ...['tls-cipher-suites', 'tls-min-version', 'tls-curve-preferences', 'tls-sni-cert-key'],
      ...['disable-http2-serving', 'strict-transport-security-directives', 'cors-allowed-origins'],
    ],
    why: "TLS 1.2 and 1.3 with Node's cipher suites and one certificate, HTTP/2 and HTTP/1.1, no CORS; put a proxy that passes TLS through in front for anything else",
  },
  { flags: ['cert-dir'], why: 'certificates are in pki/ of --data-dir' },
  {
    flags: ['external-hostname'],
    why: 'use --advertise-address of federation-apiserver',
  },
  {
    flags: [
      ...['etcd-*', 'storage-media-type', 'storage-initialization-timeout'],
      ...['lease-reuse-duration-seconds', 'watch-cache', 'watch-cache-sizes'],
      ...['delete-collection-workers', 'event-ttl', 'enable-garbage-collector'],
    ],
    why: 'storage has no such setting: JSON, one etcd for all resources, a cache of everything, Events kept for an hour, the garbage collector in federation-controller-manager',
  },
  {
    flags: [
      ...['v', 'vmodule', 'logging-format', 'log-*', 'debug-socket-path', 'profiling'],
      ...['contention-profiling', 'tracing-config-file'],
    ],
    why: 'logs are JSON lines on standard error, as many as --log-level says',
  },
  {
    flags: ['allow-metric-labels*', 'disabled-metrics', 'show-hidden-metrics-for-version'],
    why: 'every metric of /metrics is always there',
  },
  {
    flags: ['coordinated-leadership-*'],
    why: 'leaders are found by Leases, without candidates',
  },
  { flags: ['permit-*-sharing'], why: 'one process listens on a port' },
  {
    flags: ['version'],
    why: 'the version is in /version, and in `kubectl version`',
  },
]
