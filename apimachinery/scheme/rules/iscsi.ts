import { invalid, required as requiredError } from '../../errors/field-error.ts'
import { type Check, none, type StructRules } from './check.ts'
import { between, required } from './checks.ts'
import { asObject, asText } from './read.ts'

/** Beginnings of iSCSI names (RFC 3720, section 3.2.6.3), and what they are whole. */
const iscsiNames: Readonly<Record<string, RegExp>> = {
  iqn: /^iqn\.\d{4}-\d{2}\.([^\s]+)$/,
  eui: /^eui\.[0-9a-fA-F]{16}$/,
  naa: /^naa\.([0-9a-fA-F]{16}|[0-9a-fA-F]{32})$/,
}

const iqn =
  (otherwise: string): Check =>
  (value, path) => {
    const text = asText(value)
    const form = iscsiNames[text.slice(0, 3)]
    if (form === undefined) return [invalid(path, text, otherwise)]
    return form.test(text) ? none : [invalid(path, text, 'must be valid format')]
  }

const initiatorName =
  (otherwise: string): Check =>
  (value, path, frame) =>
    value === undefined
      ? none
      : iqn(otherwise)(value, path.replace('initiatorName', 'initiatorname'), frame)

const chap: Check = (_, path, { object }) =>
  (object['chapAuthDiscovery'] === true || object['chapAuthSession'] === true) &&
  (object['secretRef'] ?? undefined) === undefined
    ? [requiredError(`${path}.secretRef`)]
    : none

/** `otherwise`: what is said of a name that begins otherwise. */
export const iscsi = (otherwise: string) =>
  ({
    targetPortal: required(),
    iqn: [required(), iqn(otherwise)],
    lun: between(0, 255),
    '&chap': chap,
    initiatorName: initiatorName(otherwise),
  }) satisfies StructRules

/** A name that is made of the volume's and the portal's. */
export const shortInitiator: Check = (_, path, { object }) => {
  const { initiatorName, targetPortal } = asObject(object['iscsi'])
  const name = asText(object['name'])
  const text =
    'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.'
  return initiatorName !== undefined && `${name}:${asText(targetPortal)}`.length > 64
    ? [invalid(`${path}.name`, name, text)]
    : none
}
