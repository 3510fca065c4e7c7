/** How large something is, at least and at most: items, entries, characters or bytes. */
export interface Size {
  readonly min: number
  readonly max: number
}

/** Reading a character. */
export const perCharacter = 0.1
export const listCreation = 10
export const mapCreation = 30

/** The largest number that Kubernetes counts to; what is beyond it is as much. */
const most = 2 ** 64

export const unknownSize: Size = { min: 0, max: most }
export const sizeOf = (size: number): Size => ({ min: size, max: size })

export const add = (...values: readonly number[]): number =>
  Math.min(
    most,
    values.reduce((sum, one) => sum + one, 0),
  )
export const multiply = (a: number, b: number): number => Math.min(most, a * b)
/** Rounded up, as costs are. */
export const scale = (value: number, factor: number): number =>
  Math.min(most, Math.ceil(value * factor))

export const addSizes = (a: Size, b: Size): Size => ({
  min: add(a.min, b.min),
  max: add(a.max, b.max),
})
export const multiplySizes = (a: Size, b: Size): Size => ({
  min: multiply(a.min, b.min),
  max: multiply(a.max, b.max),
})
export const uniteSizes = (a: Size, b: Size): Size => ({
  min: Math.min(a.min, b.min),
  max: Math.max(a.max, b.max),
})
