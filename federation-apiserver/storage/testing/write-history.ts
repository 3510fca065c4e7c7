/** The value that a writer gives its key in one step: as long as the step says, and different in every part. */
export function valueOf(key: string, step: number): Buffer {
  const length = 100 + ((step * 397) % 3000)
  return Buffer.from(`${key} ${step} `.repeat(Math.ceil(length / 8))).subarray(0, length)
}
