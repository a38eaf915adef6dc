import { CONDUCTOR } from '#protocol/ids.ts';
import type { SessionState } from '#protocol/state.ts';
import { wildcard } from './glob.ts';

/** The agent that acts: a subagent, else the session's own Claude, which is the Conductor or a worker. */
interface ActingAgent {
  role: string;
  agentId?: string | undefined;
  agentType?: string | undefined;
}

/**
 * Whether a pattern means an agent: names separated by `|`, each an agent's id, its name or task, or its type, with `*` and
 * `?`. These stand for subagents only; Claude itself is `conductor`. A name that no agent has fits none: it may come later.
 */
export function fitsAgent(pattern: string, { workers }: SessionState, acting: ActingAgent): boolean {
  const { role, agentId, agentType } = acting;
  // a name may itself contain the separator
  const patterns = [pattern, ...pattern.split('|')].map((each) => each.trim());
  if (agentId === undefined) return patterns.includes(role);
  const { task, command } = workers.get(agentId) ?? {};
  const names = [agentId, agentType, task, command].filter((name) => name !== undefined && name !== CONDUCTOR);
  return patterns.some((each) => names.some((name) => name === each || (/[*?]/.test(each) && wildcard(each, name!))));
}
