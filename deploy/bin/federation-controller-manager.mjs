#!/usr/bin/env node
import { start } from './start.mjs'

await start('federation-controller-manager', 'federation-controller/main.ts', { server: true })
