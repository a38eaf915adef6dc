import type { EventOf } from '#protocol/event.ts';
import { asRecord } from '#core/base/json.ts';

/** The message of a `hook` event: its stderr, else the JSON's reason or context, else `message` (DESIGN §3). */
export function hookMessage(event: EventOf<'hook'>): string {
  if (event.stderr !== undefined && event.stderr.trim() !== '') return event.stderr.trim();
  if (event.json === undefined) return event.message?.trim() ?? '';
  const json = asRecord(event.json);
  const specific = asRecord(json['hookSpecificOutput']);
  const candidates = [
    json['reason'],
    specific['permissionDecisionReason'],
    specific['additionalContext'],
    json['additionalContext'],
    json['stopReason'],
    json['systemMessage'],
    event.message,
  ];
  return candidates.find((c): c is string => typeof c === 'string' && c.trim() !== '')?.trim() ?? '';
}
