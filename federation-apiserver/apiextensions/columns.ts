import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { translateTimestampSince } from '#apimachinery/meta/time.ts'
import { sortedJson } from '#apimachinery/patch/json-value.ts'
import { findAll, parseJsonPath } from '#apimachinery/structural/json-path.ts'
import { type Cell, type Column, name } from '../endpoints/table-columns/column.ts'
import type { PrinterColumn } from '../registry/apiextensions/definition.ts'

const age: PrinterColumn = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description:
    'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata',
}

/** The Table's columns of a custom resource: its name, and what the definition says, or its age. */
export const customColumns = (columns: readonly PrinterColumn[]): Column[] => [
  name,
  ...(columns.length > 0 ? columns : [age]).map(columnOf),
]

/** The Table's columns of its Scale. */
export const customScaleColumns: readonly Column[] = customColumns([
  {
    name: 'Desired',
    type: 'integer',
    jsonPath: '.spec.replicas',
    description: 'Number of desired replicas',
  },
  {
    name: 'Available',
    type: 'integer',
    jsonPath: '.status.replicas',
    description: 'Number of actual replicas',
  },
  age,
])

function columnOf(column: PrinterColumn): Column {
  const path = parseJsonPath(column.jsonPath)
  const text = `Custom resource definition column (in JSONPath format): ${column.jsonPath}`
  return {
    name: column.name,
    type: column.type as NonNullable<Column['type']>,
    ...(column.format === undefined ? {} : { format: column.format }),
    priority: column.priority ?? 0,
    description: (column.description ?? '') === '' ? text : (column.description ?? ''),
    cell: (object: ApiObject) => cellOf(column.type, findAll(path, object)),
  }
}

const printed = (value: unknown): string =>
  typeof value === 'object' && value !== null ? sortedJson(value) : String(value as string)

/** Of several values the first is shown; of a wrong type none. */
function cellOf(type: string, [value]: readonly unknown[]): Cell | null {
  if (value === undefined || value === null) return null
  switch (type) {
    case 'string':
      return printed(value)
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null
    case 'number':
      return typeof value === 'number' ? value : null
    case 'boolean':
      return typeof value === 'boolean' ? value : null
    default: {
      if (typeof value !== 'string') return null
      return Number.isNaN(Date.parse(value)) ? '<invalid>' : translateTimestampSince(value)
    }
  }
}
