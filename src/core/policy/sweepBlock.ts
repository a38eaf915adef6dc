import type { Block, SessionState, Uncommitted } from '#protocol/state.ts';
import type { ToolCall } from './match/match.ts';

/** Who makes which call: the subagent, else the Conductor or the worker whose session it is. */
interface AgentCall {
  role: string;
  agentId?: string;
  call?: ToolCall;
}

/** Whether what is not committed is the calling agent's own. */
const isOwn = ({ session, worker }: Uncommitted, { agentId, role }: AgentCall): boolean =>
  session === undefined && worker === (agentId ?? role);

/** What a call takes of the uncommitted files of others, a sentence for each agent. */
export const takenFrom = (entries: Iterable<Uncommitted>, context: AgentCall): string[] =>
  [...entries].flatMap((entry) => (isOwn(entry, context) ? [] : (context.call?.takes?.(entry) ?? [])));

/**
 * A block of commands that take what others have not committed, with what this call takes; nothing where that is nothing. The
 * block of one agent is about its files alone, any other about those of all.
 */
export function sweepBlock({ uncommitted }: SessionState, block: Block, context: AgentCall): Block[] {
  const { cause } = block;
  const entry = cause.kind === 'git' ? uncommitted.get(cause.of) : undefined;
  const taken = takenFrom(cause.kind === 'git' ? (entry === undefined ? [] : [entry]) : uncommitted.values(), context);
  if (taken.length === 0) return [];
  const takes = taken.join('\n');
  return [
    cause.kind === 'git' ? { ...block, cause: { ...cause, takes } } : { ...block, text: `${block.text}\n${takes}` },
  ];
}
