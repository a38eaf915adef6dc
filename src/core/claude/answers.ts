import { isSince } from './versions.ts';

/** Where the reason of a refusal stands in the answer: beside a decision, or as context that needs none. */
export type ReasonPlace = 'decision' | 'context';

interface AnswerForm {
  /** The first version with this row. */
  since: string;
  place: ReasonPlace;
  /** What the model reads; REASON is the reason, TOOL the name of the tool. */
  model: string;
}

/**
 * What versions of Claude Code make of a refusal by JSON, as observed on the real CLI: of the forms that a version
 * knows, the one that shows the model the reason with the least around it. At the end of a turn context makes the turn
 * go on as a decision does and counts towards the same limit, and since 2.1.258 a decision shows the hook's command line,
 * too. A refused call cannot be had without "hook error" since 2.1.283.
 */
export const ANSWERS = {
  PreToolUse: [
    { since: '0', place: 'decision', model: 'REASON' },
    { since: '2.1.283', place: 'decision', model: 'PreToolUse:TOOL hook error: REASON' },
  ],
  Stop: [
    { since: '0', place: 'decision', model: 'Stop hook feedback:\nREASON' },
    { since: '2.1.258', place: 'context', model: 'Stop hook additional context: REASON' },
  ],
  SubagentStop: [
    { since: '0', place: 'decision', model: 'Stop hook feedback:\nREASON' },
    { since: '2.1.258', place: 'context', model: 'SubagentStop hook additional context: REASON' },
  ],
} as const satisfies Record<string, readonly AnswerForm[]>;

/** The form of a refusal at an event in a version of Claude Code; an unknown version counts as the newest. Pure. */
export function answerForm(event: keyof typeof ANSWERS, version: string | undefined): AnswerForm {
  const forms: readonly AnswerForm[] = ANSWERS[event];
  const known = forms.findLast(({ since }) => isSince(version, since)) ?? forms[0];
  if (known === undefined) throw new Error(`no form of an answer at ${event}`);
  return known;
}

/**
 * The version of the Claude Code that started this program, by the name that it gives itself in the environment
 * (`AI_AGENT=claude-code_2-1-332_harness`, observed on 2.1.163 to 2.1.332); undefined where another agent stands there.
 */
export function versionOf(env: NodeJS.ProcessEnv): string | undefined {
  return /^claude-code_(\d+)-(\d+)-(\d+)(?:_|$)/
    .exec(env['AI_AGENT'] ?? '')
    ?.slice(1)
    .join('.');
}
