#!/usr/bin/env node
import { start } from './start.mjs'

await start('playground', 'deploy/playground/main.ts', { server: true })
