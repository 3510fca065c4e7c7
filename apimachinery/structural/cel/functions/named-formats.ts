import { Optional } from '@marcbachmann/cel-js'
import {
  type NameProblems,
  validateLabel,
  validateLabel1035,
  validateLabelValue,
  validateQualifiedName,
  validateSubdomain,
} from '../../../meta/names.ts'
import { hasFormat } from '../../formats.ts'
import type { Equatable } from './equality.ts'
import type { Library } from './library.ts'

type Validate = (text: string) => NameProblems

class NamedFormat implements Equatable {
  readonly name: string
  readonly validate: Validate

  constructor(name: string, validate: Validate) {
    this.name = name
    this.validate = validate
  }

  equals(other: NamedFormat): boolean {
    return this.name === other.name
  }
}

/** Names that are the beginning of others may end with a dash. */
const prefix =
  (validate: Validate): Validate =>
  (text) =>
    validate(text.replace(/-$/, 'a'))

const ofFormat =
  (format: string, problem: string): Validate =>
  (text) =>
    hasFormat(text, format) ? [] : [problem]

const isUri: Validate = (text) =>
  hasFormat(text, 'uri') ? [] : [`parse ${JSON.stringify(text)}: invalid URI for request`]

const formats: Readonly<Record<string, Validate>> = {
  dns1123Label: validateLabel,
  dns1123Subdomain: validateSubdomain,
  dns1035Label: validateLabel1035,
  qualifiedName: (text) => validateQualifiedName(text),
  dns1123LabelPrefix: prefix(validateLabel),
  dns1123SubdomainPrefix: prefix(validateSubdomain),
  dns1035LabelPrefix: prefix(validateLabel1035),
  labelValue: validateLabelValue,
  uri: isUri,
  uuid: ofFormat('uuid', 'does not match the UUID format'),
  byte: ofFormat('byte', 'invalid base64'),
  date: ofFormat('date', 'invalid date'),
  datetime: ofFormat('date-time', 'invalid datetime'),
}

const known = new Map(
  Object.entries(formats).map(([name, validate]) => [name, new NamedFormat(name, validate)]),
)

const typeName = 'kubernetes.NamedFormat'

class Formats {}

/** Present with what is wrong with a text, absent when nothing is. */
function problemsOf({ validate }: NamedFormat, text: string): Optional {
  const problems = validate(text)
  return problems.length === 0 ? Optional.none() : Optional.of([...problems])
}

export const namedFormats: Library = {
  functions: {
    ...Object.fromEntries(
      [...known].map(([name, format]) => [`Formats.${name}(): ${typeName}`, () => format]),
    ),
    [`Formats.named(string): optional<${typeName}>`]: (_: Formats, name: string) => {
      const format = known.get(name)
      return format === undefined ? Optional.none() : Optional.of(format)
    },
    [`${typeName}.validate(string): optional<list<string>>`]: problemsOf,
  },
  types: [
    { name: typeName, ctor: NamedFormat },
    { name: 'Formats', ctor: Formats },
  ],
  namespaces: { format: new Formats() },
}
