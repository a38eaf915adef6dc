import { join } from 'node:path';
import { l10n } from 'vscode';
import { hookReach, hooksEffectiveSince, type ReachFacts, type Unreached } from '#core/install/hookReach.ts';
import { installedLocations, type InstallEnvironment } from '#core/install/hookLocations.ts';
import { describeHookProblem, readReachFacts } from '#core/install/reachFacts.ts';
import { isProgram } from '#core/install/executables.ts';
import { missingPrograms, recordedRuntime } from '#core/install/runtimeFiles.ts';
import { planRepair } from '#core/install/repair.ts';
import { oldestRunningVersion } from '#core/claude/processes.ts';
import type { PanelState } from '#protocol/messages.ts';

/** So long after a project got its .claude folder it is said that older sessions do not see it. */
const RECENT_MS = 12 * 3_600_000;

/** Whether Claude Code asks Fermata in these folders, and if not, why. Reads only. */
export function hookState(environment: InstallEnvironment, now: number = Date.now()): PanelState['hooks'] {
  const facts = readFacts(environment);
  const unreached = facts.map((each) => hookReach(each)).filter((reach): reach is Unreached => !reach.reached);
  const elsewhere = unreached.filter(({ reason }) => reason === 'missing' || reason === 'worktree');
  if (elsewhere.length === facts.length) {
    const tree = elsewhere.find(({ reason }) => reason === 'worktree');
    return { state: 'missing', ...(tree === undefined ? {} : { detail: tree.text }) };
  }
  const stopped = unreached.find((reach) => !elsewhere.includes(reach));
  if (stopped !== undefined && stopped.reason !== 'untrusted')
    return { state: 'stopped', detail: `${stopped.text} ${stopped.todo}` };
  const broken = firstDefect(environment);
  if (broken !== undefined) return { state: 'broken', detail: broken };
  if (stopped !== undefined) return { state: 'untrusted', detail: stopped.text };
  const since = Math.max(...facts.map((each) => hooksEffectiveSince(each) ?? 0));
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
export function hookProblemOf(
  environment: InstallEnvironment,
  projectDir: string,
  startedMs: number,
  version: string | undefined,
): string {
  return describeHookProblem({ projectDir, ...globalFacts(environment, version) }, startedMs);
}

/** What an installation lacks, a sentence; the first thing that counts. */
function firstDefect(environment: InstallEnvironment): string | undefined {
  if (!installedLocations(environment).some((place) => planRepair(place, environment)?.changed === false))
    return l10n.t('Some entries are missing or of an older version.');
  const [missing] = missingPrograms(environment.home);
  if (missing !== undefined) return l10n.t('{0} is missing.', missing);
  const node = recordedRuntime(environment.home)?.node;
  if (node === undefined) return l10n.t('Nobody has recorded which Node runs the hooks.');
  return isProgram(node) ? undefined : l10n.t('There is no Node at {0}.', node);
}

/** The facts of each folder; of none, those that hold everywhere. */
function readFacts(environment: InstallEnvironment): ReachFacts[] {
  const { folders, claudeConfigDir, userHome } = environment;
  const claude = oldestRunningVersion(claudeConfigDir ?? join(userHome, '.claude'));
  const places = folders.length === 0 ? [{}] : folders.map((projectDir) => ({ projectDir }));
  return places.map((place) => readReachFacts({ ...globalFacts(environment, claude), ...place }));
}

const globalFacts = ({ claudeConfigDir, home, userHome }: InstallEnvironment, claude: string | undefined) => ({
  home,
  userHome,
  ...(claudeConfigDir ? { claudeConfigDir } : {}),
  ...(claude === undefined ? {} : { claude }),
});
