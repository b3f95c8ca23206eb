#!/usr/bin/env node
import { runCommandLine } from './cli.js';

process.stderr.on('error', () => undefined); // nobody is there to be told

process.exitCode = await runCommandLine(process.argv);
