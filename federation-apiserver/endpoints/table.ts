import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { partialMetadata } from './partial-metadata.ts'
import { describeColumn } from './table-columns/descriptions.ts'
import { columnsOf } from './table-columns/index.ts'
import { finishedCondition } from './table-columns/workloads.ts'
import { type Column, createdAt } from './table-columns/column.ts'
import type { Shown, TableMaker, TableOptions } from './transform.ts'

/** metav1.TableColumnDefinition; `format: name` marks the column that holds the object's name. */
const definitionOf = (resource: Shown, column: Column): object => ({
  name: column.name,
  type: column.type ?? 'string',
  format: column.format ?? '',
  description: column.description ?? describeColumn(resource, column.name),
  priority: column.priority ?? (column.wide === true ? 1 : 0),
})

const embedded = (object: ApiObject, options: TableOptions): object | null => {
  switch (options.includeObject) {
    case 'None':
      return null
    case 'Object':
      return object
    case 'Metadata':
      return partialMetadata(object, options.version)
  }
}

function rowOf(columns: readonly Column[], object: ApiObject, options: TableOptions): object {
  const carried = embedded(object, options)
  const conditions = finishedCondition(object)
  return {
    cells: columns.map((column) => column.cell(object)),
    ...(conditions === undefined ? {} : { conditions: [conditions] }),
    object: carried,
  }
}

/** metav1.Table: what kubectl prints (KEP-555). Ages are humanised now, as the original does. */
export const tableFor: TableMaker = (resource, objects, options) =>
  tableOf(columnsOf(resource), { resource, objects }, options)

/** The same with columns of its own, for custom resources. */
export const tableWith =
  (columns: readonly Column[]): TableMaker =>
  (resource, objects, options) =>
    tableOf(columns, { resource, objects }, options)

function tableOf(
  columns: readonly Column[],
  { resource, objects }: { readonly resource: Shown; readonly objects: readonly ApiObject[] },
  options: TableOptions,
): object {
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${options.version}`,
    metadata: options.metadata ?? {},
    columnDefinitions:
      options.withoutColumns === true
        ? null
        : columns.map((column) => definitionOf(resource, column)),
    // The original's common table, of name and creation, has no list of no rows.
    rows:
      objects.length === 0 && columns.includes(createdAt)
        ? null
        : objects.map((object) => rowOf(columns, object, options)),
  }
}
