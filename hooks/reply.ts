import { hookRow, type HookEvent } from '#protocol/hookEvents.ts';

/** What a hook answers, before it is put into Claude Code's form. All fields are optional: nothing said lets everything pass. */
export interface Answer {
  /** Why the call is refused, or the turn may not end. */
  block?: string;
  /** Let a call pass without asking the person: only for Fermata's own way out. */
  allow?: boolean;
  /** What the model is told besides. */
  context?: string;
  /** The whole new input of the call. */
  input?: Record<string, unknown>;
  /** What the person alone sees, in the terminal. */
  warning?: string;
  /** Why the turn ends here and now: only where the session is aborted. */
  end?: string;
}

/** What goes to standard output, standard error and the exit code. */
export interface Reply {
  stdout: string;
  stderr: string;
  code: number;
}

export const EMPTY_REPLY: Reply = { stdout: '', stderr: '', code: 0 };

/** Texts that make Claude Code take a blocking hook for a missing script, and let the turn or the task end. */
const MISSING_SCRIPT_TEXT = /no such file|can't open/i;

/**
 * An answer in Claude Code's form. `json` says everything in one structured object and exit code 0; `exitCode` speaks
 * plain exit code 2 with the reason on standard error where something is blocked, with nothing on standard output
 * (older versions let a call pass when there was). What an event has no place for is left out: Claude Code would drop
 * the whole answer.
 */
export function reply(event: HookEvent, answer: Answer, style: 'json' | 'exitCode'): Reply {
  const { block, context } = answer;
  const row = hookRow(event);
  const isMistakable = row.mistakable === true && MISSING_SCRIPT_TEXT.test(block ?? '');
  // exit code 2 decides nothing about a permission
  if (block !== undefined && style === 'exitCode' && !isMistakable && row.refusal !== 'dialog')
    return { stdout: '', stderr: [block, context].filter(Boolean).join('\n\n'), code: 2 };
  // what is printed plainly before a compaction belongs to what the summary is asked for
  if (row.context === 'stdout' && block === undefined && context !== undefined)
    return { stdout: `${context}\n`, stderr: '', code: 0 };
  const specific: Record<string, unknown> = { ...decision(event, answer) };
  const top: Record<string, unknown> = {};
  if (block !== undefined && row.refusal === 'decision') Object.assign(top, { decision: 'block', reason: block });
  if (answer.end !== undefined) Object.assign(top, { continue: false, stopReason: answer.end });
  if (context !== undefined && context !== '' && row.context === 'json') specific['additionalContext'] = context;
  if (answer.warning !== undefined) top['systemMessage'] = answer.warning;
  if (Object.keys(specific).length > 0) top['hookSpecificOutput'] = { hookEventName: event, ...specific };
  return Object.keys(top).length === 0 ? EMPTY_REPLY : { stdout: `${JSON.stringify(top)}\n`, stderr: '', code: 0 };
}

/** What a call's own events say about the call. */
function decision(event: HookEvent, { block, allow, input }: Answer): Record<string, unknown> {
  if (event === 'PermissionRequest') {
    // never with `interrupt`: that ends the turn even when the dialog has been answered meanwhile
    if (block !== undefined) return { decision: { behavior: 'deny', message: block } };
    return allow === true ? { decision: { behavior: 'allow' } } : {};
  }
  if (event !== 'PreToolUse') return {};
  const rewritten = input === undefined ? {} : { updatedInput: input };
  if (block !== undefined) return { permissionDecision: 'deny', permissionDecisionReason: block, ...rewritten };
  if (allow !== true) return rewritten;
  return { permissionDecision: 'allow', permissionDecisionReason: "Fermata's own command", ...rewritten };
}
