const offsetBasis = 0x811c9dc5
const prime = 0x01000193

/** 32-bit FNV-1 (multiply, then xor) of the text's UTF-8 bytes. */
export function fnv1(text: string): number {
  let hash = offsetBasis
  for (const byte of Buffer.from(text, 'utf8')) hash = Math.imul(hash, prime) ^ byte
  return hash >>> 0
}
