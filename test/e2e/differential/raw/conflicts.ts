import { type Area, type Case, objectOf, type Request } from '../area.ts'

const configMaps = '/api/v1/namespaces/{ns}/configmaps'
const created: Request = {
  method: 'POST',
  path: configMaps,
  body: { metadata: { name: 'a' }, data: { k: 'v' } },
}

const cases: readonly Case[] = [
  { name: 'created twice', steps: [created, created] },
  {
    name: 'an update of an older version',
    steps: [
      created,
      {
        method: 'PUT',
        path: `${configMaps}/a`,
        body: { metadata: { name: 'a' }, data: { k: '2' } },
      },
      ([first]) => ({
        method: 'PUT',
        path: `${configMaps}/a`,
        body: { ...objectOf(first), data: {} },
      }),
    ],
  },
]

/** Writes that meet other writes. */
export const conflicts: Area = { name: 'conflicts', cases: () => cases }
