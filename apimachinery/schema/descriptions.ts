import type { Descriptions } from '../scheme/openapi/descriptions.ts'
import texts from './descriptions-1.36.json' with { type: 'json' }
import { federationDescriptions } from './federation-descriptions.ts'

/** Of Kubernetes 1.36 as published, and of the federation's own kinds. 0.8 MB: to be imported late, by who publishes it. */
export const descriptions: Descriptions = {
  ...(texts as Descriptions),
  ...federationDescriptions,
}
