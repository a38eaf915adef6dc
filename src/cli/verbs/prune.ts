import { fermataHome } from '../../core/paths.ts';
import { duration } from '../../core/project/words.ts';
import { pruneSessions } from '../../core/session/prune.ts';
import { loadSettings } from '../../core/settingsFile.ts';
import { insideClaude, print } from '../caller.ts';
import { durationMs } from '../duration.ts';
import { EXIT, refused, usage } from '../exit.ts';
import { printable } from '../printable.ts';
import type { Verb } from '../verb.ts';
import { words } from '../words.ts';

const DAY_MS = 86_400_000;

/** Removes old sessions. */
export const prune: Verb = {
  name: 'prune',
  summary: 'Show which old sessions would be removed; with --yes remove them',
  usage: '[--older-than D] [--yes]',
  options: {
    'older-than': {
      type: 'string',
      value: 'D',
      help: 'sessions whose log has not grown for so long; default: the setting history.days',
    },
    yes: { type: 'boolean', help: 'remove them; without it nothing is touched' },
  },
  examples: ['fermata prune --older-than 14d', 'fermata prune --older-than 14d --yes'],
  notes: ['A session goes with its log and everything its workers wrote into its folder. Never one that may be live.'],
  run: async (call) => {
    words(call);
    const { io } = call;
    const really = call.flag('yes');
    if (really && insideClaude(io)) throw refused('only a person may remove sessions: do it in your own terminal');
    const home = fermataHome(io.env);
    const given = call.text('older-than');
    const days = loadSettings(home, undefined)['history.days'];
    if (given === undefined && days === 0)
      throw usage('the setting history.days is 0, that is, all are kept; say --older-than, such as 14d');
    const olderThanMs = given === undefined ? days * DAY_MS : durationMs(given, 'older-than');
    const { removed, kept } = await pruneSessions({ home, now: io.now(), olderThanMs, dryRun: !really });
    const ago = (ms: number): string => `last used ${duration(io.now() - ms)} ago`;
    const lines = [
      ...removed.map((r) => `${r.session}  ${ago(r.lastMs)}  ${r.project ?? ''}`.trimEnd()),
      ...kept.map((k) => `${k.session} is kept: ${k.why}`),
      removed.length === 0
        ? 'nothing to remove'
        : really
          ? `${removed.length} removed`
          : `${removed.length} would be removed; --yes removes them`,
    ];
    print(call, printable(lines.join('\n')), { ok: true, dryRun: !really, removed, kept });
    return EXIT.ok;
  },
};
