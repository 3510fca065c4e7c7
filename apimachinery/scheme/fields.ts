export { applyDefaults } from './apply-defaults.ts'
export { checkFields, type Words } from './check-fields.ts'
export { validateFields, validateStatus } from './validate-fields.ts'
export { toStoredForm } from './stored-form.ts'
