/** What judges shell commands. The build puts shell.cjs in its place (build/apart.mjs), which the hooks load as well. */
export { isExemptCall } from '#core/policy/shell/exemptCommand.ts';
export { fitOf } from '#core/policy/shell/fitOf.ts';
export { changesInOrder } from '#core/policy/shell/changesInOrder.ts';
export { readCommand } from '#core/policy/shell/readCommand.ts';
export { readPowerShell } from '#core/policy/shell/powerShell.ts';
