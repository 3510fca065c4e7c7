import type { Area } from '../area.ts'
import { defaultRoles } from './default-roles.ts'
import { garbageArea } from './garbage.ts'
import { impersonationArea } from './impersonation.ts'
import { namespacesArea } from './namespaces.ts'
import { quotaArea } from './quota.ts'
import { rbacArea } from './rbac.ts'
import { reviewsArea } from './reviews.ts'
import { tokensArea } from './tokens.ts'

/** Who one is, what one may do, and what follows of what was done. */
export const authAreas: readonly Area[] = [
  rbacArea,
  reviewsArea,
  tokensArea,
  impersonationArea,
  defaultRoles,
  quotaArea,
  garbageArea,
  namespacesArea,
]
