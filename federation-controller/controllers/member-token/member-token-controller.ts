import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import {
  memberTokenSeconds,
  tokenExpiryAnnotation,
} from '#apimachinery/schema/federated-resources.ts'
import { delay, settledBefore } from '#client/back-off.ts'
import type { FederationContext } from '../../federation/federation-context.ts'
import { kubeconfigCredentials } from '../../federation/kubeconfig-credentials.ts'
import type { Member } from '../../federation/member-clusters.ts'
import { dataOf } from '../../federation/member-connection.ts'
import { renewalTime, type TokenClaims, tokenClaims } from '../../federation/token-claims.ts'

const serviceAccounts = { group: '', version: 'v1', resource: 'serviceaccounts' }
const secrets = { group: '', version: 'v1', resource: 'secrets' }
/** A due token has half its life left, so there is no hurry. */
const periodMs = 60_000

interface TokenRequest extends ApiObject {
  status?: { token?: string; expirationTimestamp?: string }
}

/**
 * Renews each member's ServiceAccount token when half its life is over: asks the member itself, and stores the new one in
 * the cluster's Secret; who connects takes it from there. What a token says about itself decides; others are left alone.
 */
export async function runMemberTokenController(
  context: FederationContext,
  signal: AbortSignal,
): Promise<void> {
  if (!(await settledBefore(context.members.synced, signal))) return
  while (!signal.aborted) {
    await renewMemberTokens(context, { now: Date.now(), signal })
    await delay(periodMs, signal)
  }
}

/** Renews what is due at a time (ms since 1970) in members that answer; a failure is logged, and left to the next round. */
export async function renewMemberTokens(
  context: Pick<FederationContext, 'client' | 'members' | 'logger'>,
  when: { now: number; signal: AbortSignal },
): Promise<void> {
  const logger = context.logger.child({ controller: 'member-token' })
  await Promise.all(
    context.members.list().map(async (member) => {
      try {
        if (await renewIfDue(context, member, when)) {
          logger.info({ cluster: member.name }, 'member token renewed')
        }
      } catch (err) {
        if (when.signal.aborted) return
        logger.warn({ err, cluster: member.name }, 'member token could not be renewed; will retry')
      }
    }),
  )
}

/** True when there is a new one. */
async function renewIfDue(
  { client, members }: Pick<FederationContext, 'client' | 'members'>,
  member: Member,
  { now, signal }: { now: number; signal: AbortSignal },
): Promise<boolean> {
  const secret = members.secretOf(member.name)
  const stored = secret === undefined ? undefined : storedToken(secret)
  const claims = stored === undefined ? undefined : tokenClaims(stored.token)
  if (secret === undefined || stored === undefined || claims === undefined) return false
  if (now < renewalTime(claims) || !members.answers(member.name)) return false
  const { token, expirationTimestamp } = await requestToken(member, claims, signal)
  const body = {
    metadata: {
      resourceVersion: secret.metadata.resourceVersion,
      annotations: { [tokenExpiryAnnotation]: expirationTimestamp ?? null },
    },
    data: stored.data(token),
  }
  await client.patch(secrets, secret.metadata, { type: 'merge', body }, { signal })
  return true
}

/** The token in a member's Secret, alone or within a kubeconfig, and the data that has another one in its place. */
function storedToken(
  secret: ApiObject,
): { token: string; data: (renewed: string) => Record<string, string> } | undefined {
  const encode = (text: string): string => Buffer.from(text).toString('base64')
  const alone = dataOf(secret, 'token')
  if (alone !== undefined) return { token: alone, data: (renewed) => ({ token: encode(renewed) }) }
  const kubeconfig = dataOf(secret, 'kubeconfig')
  const credentials = kubeconfig === undefined ? '' : kubeconfigCredentials(kubeconfig)
  if (kubeconfig === undefined || typeof credentials === 'string') return undefined
  const { token } = credentials
  if (typeof token !== 'string') return undefined
  const data = (renewed: string) => ({ kubeconfig: encode(kubeconfig.replaceAll(token, renewed)) })
  return { token, data }
}

async function requestToken(
  { client }: Member,
  { namespace, serviceAccount }: TokenClaims,
  signal: AbortSignal,
): Promise<{ token: string; expirationTimestamp: string | undefined }> {
  const request: TokenRequest = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    metadata: { namespace, name: serviceAccount },
    spec: { expirationSeconds: memberTokenSeconds },
  }
  const answer = await client.create(serviceAccounts, request, { subresource: 'token', signal })
  const { token, expirationTimestamp } = answer.status ?? {}
  if (token === undefined || token === '') throw new Error('the member answered without a token')
  return { token, expirationTimestamp }
}
