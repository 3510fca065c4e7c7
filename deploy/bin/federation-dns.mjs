#!/usr/bin/env node
import { start } from './start.mjs'

await start('federation-dns', 'dns/main.ts', { server: true })
