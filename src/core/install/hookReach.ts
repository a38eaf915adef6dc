import { isSince, SINCE } from '#core/claude/versions.ts';
import type { SettingsFacts } from '#core/install/settings/settingsFacts.ts';

/** What decides whether Claude Code runs Fermata's hooks in a project; `readReachFacts` reads it. */
export interface ReachFacts {
  /** The settings files that count in the project, a stronger one after a weaker one. */
  settings: readonly SettingsFacts[];
  /** The version of the Claude Code in question; without it the newest is assumed. */
  claude?: string;
  /** When `<project>/.claude` was created, epoch ms; undefined if that is not known or the folder does not exist. */
  claudeFolderCreatedMs?: number;
  /** The checkout that the project is a git worktree of, if its settings have the hooks. */
  installedInCheckout?: string;
  /** The person has refused or not yet answered Claude Code's question whether to trust the folder. */
  untrusted: boolean;
}

/**
 * Why hooks do not run: not installed, in a file that Claude Code ignores, switched off, forbidden by an administrator,
 * installed in the main checkout only, installed after the session's start, in a folder that is not trusted.
 */
export type UnreachedReason =
  'missing' | 'ignored' | 'disabled' | 'managed' | 'worktree' | 'startedBefore' | 'untrusted';

/** Whether a session's hooks reach Fermata; if not, why and what to do, for a person. */
export type Reach = { reached: true } | Unreached;

export interface Unreached {
  reached: false;
  reason: UnreachedReason;
  text: string;
  todo: string;
}

/**
 * Decides whether Claude Code runs Fermata's hooks in a project or, with `startedMs` (epoch ms), in the project's
 * session that started then. Pure. The causes that only an administrator can change come first.
 */
export function hookReach(facts: ReachFacts, session: { startedMs?: number } = {}): Reach {
  const { settings } = facts;
  const unreached = (reason: UnreachedReason, text: string, todo: string): Reach => {
    return { reached: false, reason, text, todo };
  };

  const policy = settings.filter((file) => file.scope === 'managed' && file.state === 'read');
  const strict = policy.find((file) => file.managedHooksOnly || file.disableAllHooks === true);
  if (strict !== undefined)
    return unreached(
      'managed',
      `An administrator's settings let only managed hooks run (${strict.path}).`,
      'Ask the administrator to allow hooks, or to install Fermata’s there.',
    );
  const decisive = settings.findLast((file) => file.state === 'read' && file.disableAllHooks !== undefined);
  if (decisive?.disableAllHooks === true)
    return unreached(
      'disabled',
      `All hooks are switched off by "disableAllHooks" in ${decisive.path}.`,
      'Remove it there, or set it to false.',
    );

  const effective = effectiveFiles(facts);
  const ignored = settings.find((file) => file.ours && file.scope !== 'managed');
  if (effective.length === 0 && ignored !== undefined)
    return unreached(
      'ignored',
      `Claude Code ignores ${ignored.state === 'read' ? `the hooks in ${ignored.path}` : `${ignored.path}, in which the hooks are`}: ${ignored.why ?? 'it cannot be read'}.`,
      ignored.fix ?? 'Correct that file.',
    );
  if (effective.length === 0 && facts.installedInCheckout !== undefined)
    return unreached(
      'worktree',
      `This is a git worktree; the hooks are in the settings of ${facts.installedInCheckout} only.`,
      'Install the hooks for you in every project, or in this worktree.',
    );
  if (effective.length === 0)
    return unreached('missing', 'The hooks are not installed in the settings that count here.', 'Install them.');

  const requiredStartMs = hooksEffectiveSince(facts);
  if (requiredStartMs !== undefined && session.startedMs !== undefined && session.startedMs < requiredStartMs)
    return unreached(
      'startedBefore',
      `This session started when the project had no .claude folder; Claude Code ${facts.claude ?? ''} does not look for one later.`,
      'Restart the session, with `claude --continue` for example.',
    );
  if (facts.untrusted)
    return unreached(
      'untrusted',
      'Claude Code does not trust this folder yet, and runs no hook in it.',
      'Start Claude Code there and accept its question.',
    );
  return { reached: true };
}

/**
 * When (epoch ms) the hooks took effect for new sessions: older versions of Claude Code follow a project's settings
 * only if its .claude folder existed at the session's start. Undefined if that does not matter.
 */
export function hooksEffectiveSince(facts: ReachFacts): number | undefined {
  if (isSince(facts.claude, SINCE.noticesClaudeFolder)) return undefined;
  const effective = effectiveFiles(facts);
  const isInProjectOnly = effective.length > 0 && effective.every(({ scope }) => scope !== 'user');
  return isInProjectOnly ? facts.claudeFolderCreatedMs : undefined;
}

/** The settings files whose hooks of ours Claude Code runs, as far as it can be told. */
export const effectiveFiles = ({ settings }: ReachFacts): SettingsFacts[] =>
  settings.filter((file) => file.inForce && file.state === 'read' && file.scope !== 'managed');
