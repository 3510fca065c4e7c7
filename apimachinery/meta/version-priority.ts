const shape = /^v(\d+)(?:(alpha|beta)(\d+))?$/
const maturity = ['alpha', 'beta', undefined]

/** Orders versions as Kubernetes prefers them: v2, v1, v1beta2, v1beta1, v1alpha1, then all others by name (apimachinery's CompareKubeAwareVersionStrings). */
export function compareVersions(a: string, b: string): number {
  if (a === b) return 0
  const [left, right] = [shape.exec(a), shape.exec(b)]
  if (left === null || right === null) {
    if (left === null && right === null) return a < b ? -1 : 1
    return left === null ? 1 : -1
  }
  const [, major = '', stage, minor = '0'] = left
  const [, otherMajor = '', otherStage, otherMinor = '0'] = right
  return (
    maturity.indexOf(otherStage) - maturity.indexOf(stage) ||
    Number(otherMajor) - Number(major) ||
    Number(otherMinor) - Number(minor)
  )
}
