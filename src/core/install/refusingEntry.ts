import { isSince, SINCE } from '#core/claude/versions.ts';
import type { HookEntry } from './settings/hookShape.ts';

/**
 * The shell text of an entry that refuses where the gate is missing or, in newer versions of Claude Code, fails in any way:
 * `$0` is the gate, the other arguments are the gate's. Without the file `fail-closed` in the home, and so without the home,
 * no failure counts: no person is locked out by an entry that outlives what it starts. Claude Code shows the text with a refusal,
 * so it begins with the way out.
 */
const TEXT = [
  ': "Fermata could not look at this call: run fermata doctor, or delete fail-closed in its folder to go on without"',
  'if [ -e "${0%/hooks/*}/fail-closed" ]; then [ -x "$0" ] && exec "$0" "$@"; echo "There is no $0" >&2; exit 2; fi',
  '"$0" "$@"',
  '[ $? -ne 2 ] || exit 2',
  'cd /',
  'cat >/dev/null',
  'exit 0',
].join('; ');

/** An entry that starts `gate` with the setting `failClosed`, for the newest Claude Code that reads it. */
export function refusingEntry(gate: readonly string[], timeout: number, claude: string | undefined): HookEntry {
  const entry: HookEntry = { type: 'command', command: '/bin/sh', args: ['-c', TEXT, ...gate], timeout };
  return isSince(claude, SINCE.refusesOnFailure) ? { ...entry, onFailure: 'block' } : entry;
}
