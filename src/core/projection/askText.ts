import type { Ask, SessionState } from '#protocol/state.ts';
import type { ViewTexts } from '#protocol/viewTexts.ts';
import { ellipsize } from '#core/base/text.ts';
import { isAskedHere } from '#core/fold/asks.ts';

/** What a request is for, after who asks: `wants to run npm test`. */
export function askText({ tool, summary }: Pick<Ask, 'tool' | 'summary'>, { ask: texts }: ViewTexts): string {
  const [line = ''] = summary.split('\n', 1);
  const short = ellipsize(line, 120);
  if (tool === 'AskUserQuestion') return texts.question(short);
  if (tool === 'ExitPlanMode') return texts.plan;
  if (short === '') return texts.useOnly(tool);
  return tool === 'Bash' ? texts.run(short) : texts.use(tool, short);
}

/** The reason of Claude's present state as a person reads it. */
export function conductorReason(state: SessionState, texts: ViewTexts): string | undefined {
  const { conductor, asks } = state;
  const { state: current, reason } = conductor;
  if (current === 'ended' && reason !== undefined) return endReason(reason, texts);
  const ask = [...asks.values()].findLast((each) => isAskedHere(state, each));
  return current === 'waiting' && ask !== undefined ? askText(ask, texts) : reason;
}

/** The reasons of Claude Code's SessionEnd; `other` carries no information. */
export function endReason(reason: string, { sessionEnd: texts }: ViewTexts): string | undefined {
  if (reason === 'other') return undefined;
  const known: Record<string, string> = { clear: texts.clear, logout: texts.logout, prompt_input_exit: texts.left };
  return Object.hasOwn(known, reason) ? known[reason] : reason;
}
