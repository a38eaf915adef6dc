/**
 * What needs the parser of shell commands: a bundle of its own (shell.cjs), loaded where a pattern of commands, a file lock
 * the way out of a block, or a proof needs it.
 */
export { isExemptCall } from './exemptCommand.ts';
export { changesInOrder } from './changesInOrder.ts';
export { fitOf } from './fitOf.ts';
export { readPowerShell } from './powerShell.ts';
export { mayTextWrite } from './mayWrite.ts';
export { awaitedCommands, shownOf } from './provenCommand.ts';
export { readCommand } from './readCommand.ts';
