export { applyDefaults } from './apply-defaults.ts'
export { checkFields, type FieldProblems } from './check-fields.ts'
export { validateFields } from './validate-fields.ts'
