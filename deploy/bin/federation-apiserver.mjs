#!/usr/bin/env node
import { start } from './start.mjs'

await start('federation-apiserver', 'federation-apiserver/main.ts', { server: true })
