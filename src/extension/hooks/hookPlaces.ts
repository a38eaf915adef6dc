import { join } from 'node:path';
import { l10n } from 'vscode';
import { hookReach, onlySince, type ReachFacts, type Unreached } from '../../core/install/hookReach.ts';
import { installedPlaces, type HookSurroundings } from '../../core/install/places.ts';
import { readReachFacts } from '../../core/install/reachFacts.ts';
import { isProgram, recordedRuntime } from '../../core/install/recordedRuntime.ts';
import { upToDate } from '../../core/install/repair.ts';
import { missingPrograms } from '../../core/install/runtimeFiles.ts';
import { whyUnhooked } from '../../core/install/whyUnhooked.ts';
import { oldestRunning } from '../../core/session/claudeProcesses.ts';
import type { PanelState } from '../../protocol/messages.ts';

/** So long after a project got its .claude folder it is said that older sessions do not see it. */
const RECENT_MS = 12 * 3_600_000;

/** Whether Claude Code asks Fermata in these folders, and if not, why. Reads only. */
export function hookState(around: HookSurroundings, now: number = Date.now()): PanelState['hooks'] {
  const facts = factsOf(around);
  const unreached = facts.map((each) => hookReach(each)).filter((reach): reach is Unreached => !reach.reached);
  const elsewhere = unreached.filter(({ reason }) => reason === 'missing' || reason === 'worktree');
  if (elsewhere.length === facts.length) {
    const tree = elsewhere.find(({ reason }) => reason === 'worktree');
    return { state: 'missing', ...(tree === undefined ? {} : { detail: tree.text }) };
  }
  const stopped = unreached.find((reach) => !elsewhere.includes(reach));
  if (stopped !== undefined && stopped.reason !== 'untrusted')
    return { state: 'stopped', detail: `${stopped.text} ${stopped.todo}` };
  const broken = whatIsBroken(around);
  if (broken !== undefined) return { state: 'broken', detail: broken };
  if (stopped !== undefined) return { state: 'untrusted', detail: stopped.text };
  const since = Math.max(...facts.map((each) => onlySince(each) ?? 0));
  if (now - since > RECENT_MS) return { state: 'installed' };
  return {
    state: 'installed',
    detail: l10n.t(
      'A Claude Code session that has been running since before {0} must be restarted: there was no .claude folder in this project then.',
      new Date(since).toLocaleTimeString(),
    ),
  };
}

/**
 * Why nothing is heard of the hooks of a session that began then (epoch ms) in this folder, in a Claude Code of this
 * version, in sentences. Reads only.
 */
export function whyUnheard(
  around: HookSurroundings,
  projectDir: string,
  startedMs: number,
  version: string | undefined,
): string {
  return whyUnhooked({ projectDir, ...everywhere(around, version) }, startedMs);
}

/** What an installation lacks, a sentence; the first thing that counts. */
function whatIsBroken(around: HookSurroundings): string | undefined {
  if (!installedPlaces(around).some((place) => upToDate(place, around)?.changed === false))
    return l10n.t('Some entries are missing or of an older version.');
  const [missing] = missingPrograms(around.home);
  if (missing !== undefined) return l10n.t('{0} is missing.', missing);
  const node = recordedRuntime(around.home)?.node;
  if (node === undefined) return l10n.t('Nobody has recorded which Node runs the hooks.');
  return isProgram(node) ? undefined : l10n.t('There is no Node at {0}.', node);
}

/** The facts of each folder; of none, those that hold everywhere. */
function factsOf(around: HookSurroundings): ReachFacts[] {
  const { folders, claudeConfigDir, userHome } = around;
  const claude = oldestRunning(claudeConfigDir ?? join(userHome, '.claude'));
  const places = folders.length === 0 ? [{}] : folders.map((projectDir) => ({ projectDir }));
  return places.map((place) => readReachFacts({ ...everywhere(around, claude), ...place }));
}

const everywhere = ({ claudeConfigDir, home, userHome }: HookSurroundings, claude: string | undefined) => ({
  home,
  userHome,
  ...(claudeConfigDir ? { claudeConfigDir } : {}),
  ...(claude === undefined ? {} : { claude }),
});
