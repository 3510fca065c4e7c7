export { applyDefaults } from './apply-defaults.ts'
export { checkFields } from './check-fields.ts'
export { validateFields } from './validate-fields.ts'
