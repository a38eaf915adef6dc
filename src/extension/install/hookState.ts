import { join } from 'node:path';
import { l10n } from 'vscode';
import { hookReach, hooksEffectiveSince, type ReachFacts, type Unreached } from '#core/install/hookReach.ts';
import { entriesAreCurrent, installedLocations, type InstallEnvironment } from '#core/install/hookLocations.ts';
import { isFailClosed } from '#core/install/entries.ts';
import { readReachFacts, describeHookProblem } from '#core/install/reachFacts.ts';
import { isProgram, oldestClaude } from '#core/install/executables.ts';
import { findNode } from '#core/install/findNode.ts';
import { readModFacts } from '#core/install/mod/modFacts.ts';
import { readModFolder, modLocation } from '#core/install/mod/modFolder.ts';
import { modReach } from '#core/install/mod/modReach.ts';
import { recordedRuntime, missingPrograms } from '#core/install/runtimeFiles.ts';
import { repairInstallation, type Repair } from '#core/install/repair.ts';
import { claudeConfigDir, runningVersions } from '#core/claude/processes.ts';
import { oldestOf } from '#core/claude/versions.ts';
import type { PanelState } from '#protocol/messages.ts';
import { hookEnvironment, type InstallContext } from './installContext.ts';

/** For this long after a project got its .claude folder, the panel warns that older sessions do not see it. */
const RECENT_MS = 12 * 3_600_000;

/** Whether Claude Code runs Fermata's hooks in these folders, and if not, why; the same of the plugin. Reads only. */
export function hookState(environment: InstallEnvironment, now: number = Date.now()): PanelState['hooks'] {
  const facts = readFacts(environment);
  const mod = modProblem(environment, facts, now);
  const state = stateOf(environment, facts, now);
  return mod === undefined ? state : { ...state, mod };
}

/** Why the plugin in Claude Code does not run, in sentences; undefined where it does, may or is not installed. */
function modProblem(environment: InstallEnvironment, [reach]: readonly ReachFacts[], now: number): string | undefined {
  const place = modLocation(environment);
  if (reach === undefined || readModFolder(place).state === 'absent') return undefined;
  const mod = modReach(readModFacts(place, reach, now));
  return mod?.state === 'stopped' ? [mod.text, mod.todo].join(' ') : undefined;
}

function stateOf(environment: InstallEnvironment, facts: readonly ReachFacts[], now: number): PanelState['hooks'] {
  const unreached = facts.map((each) => hookReach(each)).filter((reach): reach is Unreached => !reach.reached);
  const missing = unreached.filter(({ reason }) => reason === 'missing' || reason === 'worktree');
  if (missing.length === facts.length)
    return { state: 'missing', detail: missing.find(({ reason }) => reason === 'worktree')?.text };
  const stopped = unreached.find((reach) => !missing.includes(reach));
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
 * Why no hook of a session has reached Fermata, in sentences. Reads only.
 * @param startedMs when the session started, epoch ms
 * @param version of the session's Claude Code
 */
export function hookProblemOf(
  environment: InstallEnvironment,
  projectDir: string,
  startedMs: number,
  version: string | undefined,
): string {
  return describeHookProblem({ projectDir, ...globalFacts(environment, version) }, startedMs);
}

/** The first defect of an installation, in a sentence; undefined if it is complete. */
function firstDefect(environment: InstallEnvironment): string | undefined {
  if (!installedLocations(environment).some((location) => entriesAreCurrent(location, environment)))
    return l10n.t('Some entries are missing or of an older version.');
  const [missing] = missingPrograms(environment.home);
  if (missing !== undefined) return l10n.t('{0} is missing.', missing);
  const node = recordedRuntime(environment.home)?.node;
  if (node === undefined) return l10n.t('Nobody has recorded which Node runs the hooks.');
  return isProgram(node) ? undefined : l10n.t('There is no Node at {0}.', node);
}

/** The facts of each folder; without a folder, those that hold everywhere. */
function readFacts(environment: InstallEnvironment): ReachFacts[] {
  const { folders, claudeConfigDir, userHome } = environment;
  const [claude] = runningVersions(claudeConfigDir ?? join(userHome, '.claude'));
  const projectDirs = folders.length === 0 ? [undefined] : folders;
  return projectDirs.map((projectDir) => readReachFacts({ ...globalFacts(environment, claude), projectDir }));
}

const globalFacts = ({ claudeConfigDir, home, userHome }: InstallEnvironment, claude: string | undefined) => {
  return { home, userHome, claudeConfigDir, claude };
};

/** Brings programs and entries up to date with this version of the extension. */
export function repairHooks({ home, version, extensionPath, settings }: InstallContext): Promise<Repair> {
  const { nodePath, claudePath } = settings();
  const environment = hookEnvironment(home);
  // a program is started for its version only where a refusal hangs on it
  const findClaude = async (): Promise<string | undefined> =>
    isFailClosed(home)
      ? oldestClaude(claudePath, process.env, environment.folders)
      : oldestOf(runningVersions(claudeConfigDir(process.env)));
  return repairInstallation({
    ...environment,
    distDir: join(extensionPath, 'dist'),
    version,
    nodePath,
    findClaude,
    findNode: () => findNode(nodePath, process.env, environment.folders),
  });
}
