import { aborted } from '#client/back-off.ts'
import type { Member, MemberClusters } from './member-clusters.ts'

export interface PerMember {
  readonly members: MemberClusters
  /** Work for one member; ends when its signal aborts, with the member or with everything. A member anew is work anew. */
  readonly work: (member: Member, signal: AbortSignal) => Promise<void>
  /** Is told at once that a member is no more; its work may still be ending. */
  readonly onGone: (name: string) => void
}

/** Works for every member while it is connected. Resolves when the signal aborts and all work has ended. */
export async function runPerMember(
  { members, work, onGone }: PerMember,
  signal: AbortSignal,
): Promise<void> {
  const running = new Set<Promise<void>>()
  const start = (member: Member): void => {
    const run = work(member, AbortSignal.any([signal, member.signal])).finally(() =>
      running.delete(run),
    )
    running.add(run)
  }
  const stop = members.onChange(({ type, name }) => {
    if (type === 'disconnected') onGone(name)
    const member = type === 'connected' ? members.get(name) : undefined
    if (member !== undefined) start(member)
  })
  for (const member of members.list()) start(member)
  await aborted(signal)
  stop()
  await Promise.all(running)
}
