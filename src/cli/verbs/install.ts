import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { asRecord, readJson } from '#core/base/json.ts';
import { oldestClaude } from '#core/install/executables.ts';
import { findNode } from '#core/install/findNode.ts';
import { entriesAt } from '#core/install/hookLocations.ts';
import {
  applyInstall,
  planInstall,
  removeStatusLine,
  uninstall as removeHooks,
  type InstallOutcome,
  type UninstallOptions,
} from '#core/install/installer.ts';
import {
  installMod,
  removeModEverywhere,
  type ModInstallOptions,
  type ModOutcome,
  type ModLocation,
  modLocation,
} from '#core/install/mod/modFolder.ts';
import { installedVersion, installRuntime } from '#core/install/runtimeFiles.ts';
import { readTextIfAny } from '#core/base/files/readFile.ts';
import { ownProgram } from '#core/base/ownCommand.ts';
import { fermataHome, homePaths } from '#core/base/paths.ts';
import { loadSettings } from '#core/base/settings.ts';
import { whatStands } from '#cli/standing.ts';
import { print } from '#cli/output.ts';
import { refused, usage } from '#cli/exit.ts';
import { flagOption, textOption, type Call, type OptionSpec, type Verb } from '#cli/verb.ts';

const TARGET_OPTIONS: Record<string, OptionSpec> = {
  scope: textOption(
    'S',
    'user (all projects), local (this project, only you), project (this project, everyone); default user',
  ),
  project: textOption('DIR', 'the project; default: this folder'),
};

/** Puts the programs into the Fermata home and the hooks into Claude Code's settings. */
export const install: Verb = {
  name: 'install',
  summary: 'Put Fermata’s hooks into Claude Code’s settings',
  usage: '[--scope user|local|project] [--project DIR] [--no-permissions] [--status-line] [--in-claude]',
  options: {
    ...TARGET_OPTIONS,
    'no-permissions': flagOption('leave permission rules alone'),
    'status-line': flagOption(
      'the figures of Claude Code’s status line, too: dollars and windows of the subscription; your own command runs as before',
    ),
    'in-claude': flagOption(
      'the plugin that shows in Claude Code what is held, beside the hooks, which stay as they are',
    ),
  },
  examples: [
    'fermata install',
    'fermata install --scope local --project .',
    'fermata install --status-line',
    'fermata install --in-claude',
  ],
  personal: () => 'install hooks',
  run: async (call) => {
    const target = targetOf(call);
    await installPrograms(call, target.home);
    const { env, cwd } = call.io;
    if (call.flag('in-claude')) return reportMods(call, [installMod(modBuild(call))]);
    const claude = await oldestClaude(loadSettings(target.home, undefined).claudePath, env, [cwd]);
    const statusLine = call.flag('status-line') ? { statusLine: true } : {};
    const plan = planInstall({ ...target, claude, permissions: !call.flag('no-permissions'), ...statusLine });
    return report(call, applyInstall(plan));
  },
};

export const uninstall: Verb = {
  name: 'uninstall',
  summary: 'Take Fermata’s hooks out of Claude Code’s settings',
  usage: '[--scope user|local|project] [--project DIR] [--status-line] [--in-claude]',
  options: {
    ...TARGET_OPTIONS,
    'status-line': flagOption('the status line alone; the hooks stay'),
    'in-claude': flagOption('the plugin in Claude Code alone; the hooks stay'),
  },
  examples: [
    'fermata uninstall --scope local --project .',
    'fermata uninstall --status-line',
    'fermata uninstall --in-claude',
  ],
  notes: [
    'Without --scope the plugin in Claude Code goes, too.',
    'Claude and workers may do it only where it ends nothing: no block, lock or worker of a session, no approved rules, no fermata.failClosed.',
  ],
  personal: (call) => {
    for (const home of homesOf(targetOf(call))) {
      const standing = whatStands(home, call.io.now());
      if (standing !== undefined) return `take hooks away while ${standing}`;
    }
    return undefined;
  },
  run: (call) => {
    if (call.flag('in-claude')) return reportMods(call, removeMods(call));
    if (call.flag('status-line')) return report(call, removeStatusLine(targetOf(call)));
    const plugins = call.text('scope') === undefined ? removeMods(call) : [];
    for (const { ok, message } of plugins)
      (ok ? call.io.stdout : call.io.stderr)(call.flag('json') ? '' : `${message}\n`);
    return report(call, removeHooks(targetOf(call)));
  },
};

/** The plugin of the programs that are installed. */
function modBuild(call: Call): ModInstallOptions {
  const { home, config } = placeOf(call);
  const module = readTextIfAny(homePaths(home).modModule);
  if (module === undefined) throw refused(`${homePaths(home).modModule} is missing; install the hooks again`);
  return { home, config, module, version: installedVersion(home) ?? '0.0.0' };
}

/** The homes whose hooks a removal may take away. The settings file names them as well, since a caller sets its environment as it likes. */
function homesOf(target: UninstallOptions): Set<string> {
  const { home, scope, projectDir, claudeConfigDir, userHome = homedir() } = target;
  const environment = { home, folders: [], userHome, claudeConfigDir };
  const entries = entriesAt({ scope, projectDir }, environment);
  return new Set([home, join(userHome, '.fermata'), ...entries.map((entry) => entry.home)]);
}

const removeMods = (call: Call): ModOutcome[] => removeModEverywhere(placeOf(call));

function placeOf(call: Call): ModLocation {
  const { home, claudeConfigDir, userHome = homedir() } = targetOf(call);
  return modLocation({ home, claudeConfigDir, userHome });
}

function reportMods(call: Call, outcomes: ModOutcome[]): undefined {
  const failed = outcomes.filter(({ ok }) => !ok);
  if (failed.length > 0) throw refused(failed.map(({ message }) => message).join(' '));
  const messages = outcomes.map(({ message }) => message);
  const text = messages.join('\n') || 'There is no plugin of Fermata in Claude Code; nothing was changed.';
  print(call, text, { changed: outcomes.some((outcome) => outcome.ok && outcome.changed), notes: messages });
}

function targetOf(call: Call): UninstallOptions {
  const { io } = call;
  const scope = call.text('scope') ?? 'user';
  if (scope !== 'user' && scope !== 'local' && scope !== 'project') throw usage('--scope is user, local or project');
  return {
    home: resolve(io.cwd, fermataHome(io.env)),
    scope,
    projectDir: resolve(io.cwd, call.text('project') ?? '.'),
    now: io.now,
    claudeConfigDir: io.env['CLAUDE_CONFIG_DIR'] || undefined,
    userHome: io.env['HOME'] || undefined,
  };
}

/** Copies the programs of this build into the Fermata home; the installed command has nothing to copy. */
export async function installPrograms({ io }: Call, home: string): Promise<void> {
  const distDir = dirname(resolve(process.argv[1] ?? ''));
  if (!existsSync(join(distDir, 'hooks', 'gate.sh'))) {
    if (existsSync(join(home, 'hooks', 'gate.sh'))) return;
    throw refused(`the programs to install are not beside this one (${distDir})`);
  }
  const node = await findNode(loadSettings(home, undefined).nodePath, io.env, [io.cwd]);
  if (node.note !== undefined) io.stderr(`note: ${node.note}\n`);
  const version = buildVersion(distDir) ?? '0.0.0';
  const result = installRuntime({ home, distDir, nodePath: node.path, electron: node.electron, version });
  if (!result.ok) throw refused(result.message);
}

/** The version of the build in a folder; undefined for the installed command. */
export function buildVersion(distDir: string): string | undefined {
  const { version } = asRecord(readJson(join(distDir, '..', 'package.json')));
  return typeof version === 'string' ? version : undefined;
}

function report(call: Call, outcome: InstallOutcome): undefined {
  if (!outcome.ok) throw refused(outcome.message);
  const { message, notes, file, changed, backup } = outcome;
  const shell = process.platform === 'win32' ? 'powershell' : 'sh';
  const command = `The command is ${ownProgram(fermataHome(call.io.env), shell)}`;
  const lines = [message, ...notes, ...(outcome.after === null ? [] : [command])];
  print(call, lines.join('\n'), { file, changed, backup: backup ?? null, notes });
}
