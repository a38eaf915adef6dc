/**
 * What needs the parser of shell commands: a bundle of its own (shell.cjs), loaded where a pattern of commands, a file lock
 * or the way out of a block needs it.
 */
export { isExemptCall } from '#core/policy/shell/exemptCommand.ts';
export { fitOf } from '#core/policy/shell/fitOf.ts';
export { readCommand } from '#core/policy/shell/readCommand.ts';
