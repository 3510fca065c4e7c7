import type { Descriptions } from '../scheme/openapi/descriptions.ts'
import texts from './descriptions-1.36.json' with { type: 'json' }

/** Of Kubernetes 1.36 as published. 0.8 MB: to be imported late, by who publishes it. */
export const kubernetesDescriptions: Descriptions = texts as Descriptions
