#!/usr/bin/env node
// The command `atelier`: installs what is missing, then runs the command line on the Node that came with it.
process.argv.splice(2, 0, 'cli');
await import('../../../scripts/run.mjs');
