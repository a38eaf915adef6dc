import { MISTAKABLE, PRINTS_CONTEXT, TAKES_CONTEXT, type HookEvent } from '#protocol/hookEvents.ts';
import type { Answer } from './outcome.ts';

/** The standard output, standard error and exit code of a hook. */
export interface Reply {
  stdout: string;
  stderr: string;
  code: number;
}

const printed = (stdout: string): Reply => ({ stdout, stderr: '', code: 0 });

/** Texts that make Claude Code take a blocking hook for a missing script, and let the turn or the task end. */
const MISSING_SCRIPT_TEXT = /no such file|can't open/i;

/**
 * An answer in Claude Code's form. `json` puts everything into one structured object, with exit code 0. `exitCode` reports
 * a refusal by exit code 2 with the reason on standard error, and with nothing on standard output, since older versions
 * let a call pass when there was anything. What an event has no place for is left out: Claude Code would drop the whole
 * answer.
 */
export function reply(event: HookEvent, answer: Answer, style: 'json' | 'exitCode'): Reply {
  const { block, context, warning, end, terminal } = answer;
  if (block !== undefined && style === 'exitCode' && isTakenByExitCode(event, block))
    return { stdout: '', stderr: [block, context].filter(Boolean).join('\n\n'), code: 2 };
  // plain text that is printed before a compaction becomes part of the instructions for the summary
  if (PRINTS_CONTEXT.includes(event) && block === undefined && context !== undefined) return printed(`${context}\n`);
  const top: Record<string, unknown> = {};
  let specific: Record<string, unknown> = {};
  if (event === 'PreToolUse') specific = callDecision(answer);
  else if (event === 'PermissionRequest') specific = dialogDecision(answer);
  else if (block !== undefined) Object.assign(top, { decision: 'block', reason: block });
  if (end !== undefined) Object.assign(top, { continue: false, stopReason: end });
  if (context !== undefined && context !== '' && TAKES_CONTEXT.includes(event)) specific['additionalContext'] = context;
  if (warning !== undefined) top['systemMessage'] = warning;
  // with a reason or information Claude goes on, so nothing rings
  if (terminal && !block && !context) top['terminalSequence'] = terminal;
  if (Object.keys(specific).length > 0) top['hookSpecificOutput'] = { hookEventName: event, ...specific };
  return printed(Object.keys(top).length === 0 ? '' : `${JSON.stringify(top)}\n`);
}

/** Whether exit code 2 with this text refuses at an event. It decides nothing about a permission. */
export const isTakenByExitCode = (event: HookEvent, text: string): boolean =>
  event !== 'PermissionRequest' && !(MISTAKABLE.includes(event) && MISSING_SCRIPT_TEXT.test(text));

function callDecision({ block, allow, input }: Answer): Record<string, unknown> {
  const rewritten = input === undefined ? {} : { updatedInput: input };
  if (block !== undefined) return { permissionDecision: 'deny', permissionDecisionReason: block, ...rewritten };
  if (allow !== true) return rewritten;
  return { permissionDecision: 'allow', permissionDecisionReason: "Fermata's own command", ...rewritten };
}

/** Never with `interrupt`: that ends the turn even when the dialog has been answered meanwhile. */
export function dialogDecision({ block, allow }: Answer): Record<string, unknown> {
  if (block !== undefined) return { decision: { behavior: 'deny', message: block } };
  return allow === true ? { decision: { behavior: 'allow' } } : {};
}
