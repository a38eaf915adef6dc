import { createHash } from 'node:crypto';
import { asRecord } from '#core/base/json.ts';

/** More prompts than a session has on a clock. */
const MAX_PROMPTS = 50;

/** A prompt by which it is known again: the log has no prompts unless the person wants that. */
export const promptDigest = (prompt: string): string =>
  createHash('sha256').update(prompt.trim()).digest('base64url').slice(0, 16);

/**
 * The digests of the prompts that Claude Code will give Claude by the clock, as it lists them at the end of a turn: what comes
 * then looks like a prompt of the person. Empty where there is no list (older versions).
 */
export function scheduledPrompts(list: unknown): string {
  const prompts = Array.isArray(list) ? list.slice(0, MAX_PROMPTS).map((each) => asRecord(each)['prompt']) : [];
  return prompts
    .filter((prompt) => typeof prompt === 'string')
    .map(promptDigest)
    .join(' ');
}
