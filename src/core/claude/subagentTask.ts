import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What a subagent is for, in the few words that Claude gave: Claude Code writes them beside the subagent's transcript,
 * a moment after it has begun. Undefined where nothing such can be read (not yet, or another version).
 */
export function subagentTask(transcript: string | undefined, agent: string): string | undefined {
  if (transcript === undefined || !transcript.endsWith('.jsonl') || !/^[A-Za-z0-9_-]+$/.test(agent)) return undefined;
  const folder = join(transcript.slice(0, -'.jsonl'.length), 'subagents');
  try {
    const meta: unknown = JSON.parse(readFileSync(join(folder, `agent-${agent}.meta.json`), 'utf8'));
    const description = (meta as { description?: unknown } | null)?.description;
    return typeof description === 'string' && description !== '' ? description.slice(0, 200) : undefined;
  } catch {
    return undefined;
  }
}
