/** "k8s" and a zero byte: what every Kubernetes protobuf body starts with. */
export const magic = Buffer.from([0x6b, 0x38, 0x73, 0x00])

/** `[]string` types with a name of their own travel as a message {items = 1}. */
export const isWrappedList = (goType: string): boolean =>
  goType.endsWith('.ExtraValue') || goType.endsWith('.Verbs')
