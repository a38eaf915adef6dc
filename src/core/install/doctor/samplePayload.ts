import { join } from 'node:path';
import { eventOf } from '#core/install/entries.ts';
import type { HookEvent } from '#protocol/hookEvents.ts';
import { SAMPLE_FIELDS } from '#protocol/hookTable.ts';

/** A payload as Claude Code writes one at an event of a session in `project`. Of an unknown event only the common fields. */
export function samplePayload(event: string, session: string, project: string): Record<string, unknown> {
  const ownFields: Partial<typeof SAMPLE_FIELDS> = SAMPLE_FIELDS;
  return {
    session_id: session,
    transcript_path: join(project, `${session}.jsonl`),
    cwd: project,
    ...(event === 'SessionStart' ? {} : { prompt_id: session, permission_mode: 'default' }),
    hook_event_name: event,
    ...ownFields[eventOf(event) as HookEvent],
  };
}
