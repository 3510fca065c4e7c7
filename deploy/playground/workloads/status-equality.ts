import { isDeepStrictEqual } from 'node:util'

/** Whether two statuses say the same; servers leave out counts that are 0. */
export const isSameStatus = (a: object | undefined, b: object | undefined): boolean =>
  isDeepStrictEqual(withoutZeros(a), withoutZeros(b))

const withoutZeros = (status: object = {}): object =>
  Object.fromEntries(Object.entries(status).filter(([, value]) => value !== 0))
