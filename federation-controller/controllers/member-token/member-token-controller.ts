import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { memberTokenSeconds } from '#apimachinery/schema/federated-resources.ts'
import { delay, settledBefore } from '#client/back-off.ts'
import type { FederationContext } from '../../federation/federation-context.ts'
import type { Member } from '../../federation/member-clusters.ts'
import { dataOf } from '../../federation/member-connection.ts'
import { renewalTime, type TokenClaims, tokenClaims } from '../../federation/token-claims.ts'

const serviceAccounts = { group: '', version: 'v1', resource: 'serviceaccounts' }
const secrets = { group: '', version: 'v1', resource: 'secrets' }
/** A due token has half its life left, so there is no hurry. */
const periodMs = 60_000

interface TokenRequest extends ApiObject {
  status?: { token?: string }
}

/**
 * Renews each member's ServiceAccount token when half its life is over: asks the member itself, and stores the new one in
 * the cluster's Secret; who connects takes it from there. What a token says about itself decides; others are left alone.
 */
export async function runMemberTokenController(
  context: FederationContext,
  signal: AbortSignal,
): Promise<void> {
  const { members } = context
  const logger = context.logger.child({ controller: 'member-token' })
  if (!(await settledBefore(members.synced, signal))) return
  while (!signal.aborted) {
    await Promise.all(
      members.list().map(async (member) => {
        try {
          if (await renewIfDue(context, member, signal)) {
            logger.info({ cluster: member.name }, 'member token renewed')
          }
        } catch (err) {
          if (signal.aborted) return
          logger.warn(
            { err, cluster: member.name },
            'member token could not be renewed; will retry',
          )
        }
      }),
    )
    await delay(periodMs, signal)
  }
}

/** True when there is a new one. */
async function renewIfDue(
  { client, members }: FederationContext,
  member: Member,
  signal: AbortSignal,
): Promise<boolean> {
  const secret = members.secretOf(member.name)
  const claims = secret === undefined ? undefined : tokenClaims(dataOf(secret, 'token') ?? '')
  if (secret === undefined || claims === undefined) return false
  if (Date.now() < renewalTime(claims) || !members.answers(member.name)) return false
  const token = await requestToken(member, claims, signal)
  const { resourceVersion } = secret.metadata
  const data = { token: Buffer.from(token).toString('base64') }
  const body = { metadata: { resourceVersion }, data }
  await client.patch(secrets, secret.metadata, { type: 'merge', body }, { signal })
  return true
}

async function requestToken(
  { client }: Member,
  { namespace, serviceAccount }: TokenClaims,
  signal: AbortSignal,
): Promise<string> {
  const request: TokenRequest = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    metadata: { namespace, name: serviceAccount },
    spec: { expirationSeconds: memberTokenSeconds },
  }
  const answer = await client.create(serviceAccounts, request, { subresource: 'token', signal })
  const token = answer.status?.token
  if (token === undefined || token === '') throw new Error('the member answered without a token')
  return token
}
