import { isSince, SINCE } from '#core/claude/versions.ts';
import type { SettingsFacts } from '#core/install/settings/settingsFacts.ts';

/** What decides whether Claude Code runs Fermata's hooks in a project; `readReachFacts` gathers it. */
export interface ReachFacts {
  /** Every settings file that counts there, the stronger ones later. */
  settings: readonly SettingsFacts[];
  /** The version of the Claude Code in question; the newest where it is not known. */
  claude?: string;
  /** When `<project>/.claude` was made, epoch ms; undefined: there is none, or the file system does not tell. */
  claudeFolderCreatedMs?: number;
  /** The checkout that the project is a git worktree of, if hooks stand in its settings. */
  installedInCheckout?: string;
  /** Claude Code's question whether the folder is trusted has been refused or not been answered. */
  untrusted: boolean;
}

/** Why hooks do not run: no hooks, a file that is not read, switched off, by an administrator, elsewhere, too early, not yet trusted. */
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
 * Decides whether Claude Code asks Fermata in a project or, with `startedMs` (epoch ms), in one session there that began
 * then. Pure; the causes that nobody but an administrator can change come first.
 */
export function hookReach(facts: ReachFacts, session: { startedMs?: number } = {}): Reach {
  const { settings } = facts;
  const unreached = (reason: UnreachedReason, text: string, todo: string): Reach => ({
    reached: false,
    reason,
    text,
    todo,
  });

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

  const withHooks = settings.filter((file) => file.ours && file.scope !== 'managed');
  const effective = withHooks.filter((file) => file.state === 'read');
  const [ignored] = withHooks;
  if (effective.length === 0 && ignored !== undefined)
    return unreached(
      'ignored',
      `Claude Code ignores ${ignored.path}, in which the hooks are: ${ignored.why ?? 'it cannot be read'}.`,
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
 * Since when (epoch ms) a session must have been started to see the hooks: older versions of Claude Code follow a
 * project's settings only if its .claude folder was there at the start. Undefined where newer ones look again, and where
 * hooks of the person reach every session.
 */
export function hooksEffectiveSince({ settings, claude, claudeFolderCreatedMs }: ReachFacts): number | undefined {
  if (isSince(claude, SINCE.noticesClaudeFolder)) return undefined;
  const effective = settings.filter((file) => file.ours && file.state === 'read' && file.scope !== 'managed');
  return effective.length > 0 && effective.every((file) => file.scope !== 'user') ? claudeFolderCreatedMs : undefined;
}
