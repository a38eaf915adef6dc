import type { AskView, HeldCallView } from '#protocol/viewModel.ts';
import { shortText } from '#webview/components/plainText.ts';
import { strings } from '#webview/host/strings.ts';

const { wants, wantsBelow } = strings.decision;

/** What tools do, for those whose call a person can read without knowing the tool. */
const VERBS: Record<string, 'run' | 'read' | 'edit' | 'fetch' | 'endTurn'> = {
  Bash: 'run',
  Read: 'read',
  Edit: 'edit',
  MultiEdit: 'edit',
  Write: 'edit',
  NotebookEdit: 'edit',
  WebFetch: 'fetch',
  Stop: 'endTurn',
  SubagentStop: 'endTurn',
};

type Call = Pick<AskView, 'tool'> & Partial<Pick<AskView, 'summary'>>;

/** A call as what it is for, on one line: `wants to run npm test`. */
function wantsTo({ tool, summary }: Call): string {
  const verb = VERBS[tool];
  if (verb === 'endTurn') return wants.endTurn;
  const what = summary === undefined ? '' : shortText(summary, 200);
  const name = shortText(tool, 60);
  if (what === '') return wants.use(name);
  return verb === undefined ? wants.useOn(name, what) : wants[verb](what);
}

/** The same as a heading above the call itself: `Claude wants to run`. */
export function wantsHeading(agent: string, { tool }: Call): string {
  const verb = VERBS[tool];
  return verb === undefined ? wantsBelow.use(agent, shortText(tool, 60)) : wantsBelow[verb](agent);
}

/** What an ask of Claude is about, on one line: a question, a plan, or a permission. */
export function askWords(ask: AskView): string {
  const { question, plan } = kindOf(ask);
  const summary = shortText(ask.summary, 200);
  if (question) return strings.decision.asks(summary);
  return plan ? strings.decision.hasPlan(summary) : wantsTo(ask);
}

export function askHeading(agent: string, ask: AskView): string {
  const { question, plan } = kindOf(ask);
  if (question) return strings.decision.asksBelow(agent);
  return plan ? strings.decision.hasPlanBelow(agent) : wantsHeading(agent, ask);
}

/** Whether an ask is a question or a plan; else it is a permission. */
export const kindOf = ({ tool }: AskView): { question: boolean; plan: boolean } => ({
  question: tool === 'AskUserQuestion',
  plan: tool === 'ExitPlanMode',
});

/** A held call on one line; one that has met no call yet is its reason. */
export function heldWords({ tool, summary, reasons }: HeldCallView): string {
  if (tool !== undefined) return wantsTo({ tool, summary });
  return shortText(reasons[0]?.text ?? '', 200);
}
