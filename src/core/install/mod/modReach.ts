import { isOlder, SINCE } from '#core/claude/versions.ts';
import { hookReach, type ReachFacts } from '#core/install/hookReach.ts';
import { modFolder, type ModFolder } from './modFolder.ts';

/** What decides whether Claude Code runs the plugin. */
export interface ModFacts {
  config: string;
  folder: ModFolder;
  /** The Fermata home, and the version whose programs are in it. */
  home: string;
  version: string | undefined;
  reach: ReachFacts;
  /** How many sessions run, and in how many of them the plugin has given a sign of life. */
  sessions: number;
  running: number;
}

/** Whether the plugin runs, in sentences for a person; undefined where none is installed. */
export interface ModReach {
  state: 'runs' | 'waits' | 'stopped';
  text: string;
  todo?: string;
}

const WITHOUT = 'Everything works as it does by the hooks alone.';

/** Decides whether Claude Code runs the plugin, and if not, why. Pure. The causes that only an administrator can change come first. */
export function modReach(facts: ModFacts): ModReach | undefined {
  const { config, folder, reach } = facts;
  if (folder.state === 'absent') return undefined;
  const path = modFolder({ config });
  const stopped = (why: string, todo: string): ModReach => {
    return { state: 'stopped', text: `The plugin in Claude Code does not run: ${why}. ${WITHOUT}`, todo };
  };
  if (folder.state === 'foreign') return stopped(folder.why, 'Move that folder away, then install the plugin again.');
  if (folder.home !== facts.home)
    return stopped(`${path} belongs to the Fermata in ${folder.home}`, 'Install it again to take it over.');
  if (!folder.complete) return stopped(`files are missing in ${path}`, 'Install it again.');
  const { claude, settings } = reach;
  if (claude !== undefined && isOlder(claude, SINCE.runsMods))
    return stopped(`Claude Code ${claude} does not know such plugins (${SINCE.runsMods} does)`, 'Update Claude Code.');
  const modsOnly = settings.find((file) => file.scope === 'managed' && file.managedModsOnly);
  // a sign of life shows that it is not held back, whatever the settings are taken for
  if (modsOnly !== undefined && facts.running === 0)
    return stopped(
      `an administrator’s settings let only managed plugins run (${modsOnly.path}: allowManagedModsOnly)`,
      'Ask the administrator, or remove the plugin.',
    );
  const hooks = hookReach(reach);
  if (!hooks.reached && (hooks.reason === 'managed' || hooks.reason === 'disabled'))
    return stopped(hooks.text.replace(/^(An|All)/, (word) => word.toLowerCase()).replace(/\.$/, ''), hooks.todo);
  const decisive = settings.findLast((file) => file.state === 'read' && file.plugin !== undefined);
  if (decisive?.plugin === false)
    return stopped(
      `it is switched off in ${decisive.path} (enabledPlugins)`,
      'Switch it on by /plugin in Claude Code.',
    );
  const { running, sessions, version } = facts;
  const isOutdated = version !== undefined && isOlder(folder.version, version);
  const update = isOutdated ? 'Install it again: it is of an older version than the rest of Fermata.' : undefined;
  if (running > 0) {
    const text = `The plugin in Claude Code runs (version ${folder.version}, in ${running} of ${sessions} sessions).`;
    return update === undefined ? { state: 'runs', text } : { state: 'runs', text, todo: update };
  }
  if (sessions === 0) return { state: 'waits', text: `The plugin is in ${path}; no session runs now.` };
  return {
    state: 'waits',
    text: `The plugin is in ${path}, and runs in none of the ${sessions} sessions of now: they began before it was there. ${WITHOUT}`,
    todo: update ?? 'Type /reload-plugins there, or restart them.',
  };
}
