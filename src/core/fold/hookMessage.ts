import type { EventOf } from '#protocol/event.ts';
import { asRecord } from '#core/base/json.ts';

/** Whether a `hook` event blocks: exit 2, or exit 0 with a JSON that denies, as Claude Code itself reads it. */
export function isBlocking(event: EventOf<'hook'>): boolean {
  if (event.exit !== 0 || event.json === undefined) return event.exit === 2;
  const json = asRecord(event.json);
  return json['decision'] === 'block' || asRecord(json['hookSpecificOutput'])['permissionDecision'] === 'deny';
}

/** The input that a hook's JSON puts in place of the call's own. */
export function rewrittenInput({ json }: EventOf<'hook'>): Record<string, unknown> | undefined {
  const input = json === undefined ? undefined : asRecord(asRecord(json)['hookSpecificOutput'])['updatedInput'];
  return typeof input === 'object' && input !== null ? asRecord(input) : undefined;
}

/** The message of a `hook` event: its stderr, else the JSON's reason or context, else `message` (DESIGN §3). */
export function hookMessage(event: EventOf<'hook'>): string {
  if (event.stderr !== undefined && event.stderr.trim() !== '') return event.stderr.trim();
  return event.json === undefined ? (event.message?.trim() ?? '') : jsonMessage(event);
}

/** The message of a `hook` event with a JSON. */
export function jsonMessage(event: EventOf<'hook'>): string {
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
