#!/usr/bin/env node
import { start } from './start.mjs'

await start('federation-server', 'deploy/standalone/main.ts', { server: true })
