import { fermataHome } from '#core/base/paths.ts';
import { formatDuration } from '#protocol/duration.ts';
import { pruneSessions } from '#core/session/deletion.ts';
import { loadSettings } from '#core/base/settings.ts';
import { print, printable } from '#cli/output.ts';
import { durationOption } from '#cli/args.ts';
import { usage } from '#cli/exit.ts';
import { flagOption, textOption, type Verb } from '#cli/verb.ts';

const DAY_MS = 86_400_000;

export const prune: Verb = {
  name: 'prune',
  summary: 'Show which old sessions would be removed; with --yes remove them',
  usage: '[--older-than D] [--yes]',
  options: {
    'older-than': textOption('D', 'sessions whose log has not grown for so long; default: the setting history.days'),
    yes: flagOption('remove them; without it nothing is touched'),
  },
  examples: ['fermata prune --older-than 14d', 'fermata prune --older-than 14d --yes'],
  notes: [
    'A session goes with its log and everything its workers wrote into its folder. Never one that may be live, nor the copy of another machine’s whose seat has not all that was published here.',
  ],
  personal: ({ flag }) => (flag('yes') ? 'remove sessions' : undefined),
  run: async (call) => {
    const { io } = call;
    const confirmed = call.flag('yes');
    const home = fermataHome(io.env);
    const days = loadSettings(home, undefined)['history.days'];
    const olderThanMs = durationOption(call, 'older-than') ?? (days === 0 ? undefined : days * DAY_MS);
    if (olderThanMs === undefined)
      throw usage('the setting history.days is 0, that is, all are kept; say --older-than, such as 14d');
    const { removed, kept } = await pruneSessions({ home, now: io.now(), olderThanMs, dryRun: !confirmed });
    const ago = (ms: number): string => `last used ${formatDuration(io.now() - ms)} ago`;
    const lines = [
      ...removed.map((r) => `${r.session}  ${ago(r.lastMs)}  ${r.project ?? ''}`.trimEnd()),
      ...kept.map((k) => `${k.session} is kept: ${k.why}`),
      removed.length === 0
        ? 'nothing to remove'
        : confirmed
          ? `${removed.length} removed`
          : `${removed.length} would be removed; --yes removes them`,
    ];
    print(call, printable(lines.join('\n')), { dryRun: !confirmed, removed, kept });
  },
};
