#!/usr/bin/env node
import { start } from './start.mjs'

await start('kubefed', 'kubefed-cli/main.ts')
