import type { Answer } from './reply.ts';
import type { Visit } from './visit.ts';

/** Workers that a prompt starts by the rules. */
export function startFromPrompt(_visit: Visit, _prompt: string): Pick<Answer, 'context' | 'warning'> {
  return {};
}
