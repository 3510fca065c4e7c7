import type { Definition } from '../definition.ts'

/** What Kubernetes says of one type for people to read, and which values it publishes for its fields. */
export interface Description {
  readonly description?: string
  readonly fields?: Readonly<Record<string, string>>
  readonly enums?: Readonly<Record<string, readonly string[]>>
}

/** By name of the definition. */
export type Descriptions = Readonly<Record<string, Description>>

/** The definition with its texts. */
export function described(definition: Definition, texts: Description | undefined): Definition {
  if (texts === undefined) return definition
  const { description, fields = {}, enums = {} } = texts
  const { properties, ...rest } = definition
  const withText = ([name, property]: [string, Definition]): [string, Definition] => [
    name,
    {
      ...(fields[name] === undefined ? {} : { description: fields[name] }),
      ...property,
      ...(enums[name] === undefined ? {} : { enum: enums[name] }),
    },
  ]
  return {
    ...(description === undefined ? {} : { description }),
    ...rest,
    ...(properties === undefined
      ? {}
      : { properties: Object.fromEntries(Object.entries(properties).map(withText)) }),
  }
}
