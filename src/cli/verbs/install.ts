import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { asRecord, readJson } from '#core/base/json.ts';
import { findNode } from '#core/install/executables.ts';
import {
  applyInstall,
  planInstall,
  uninstall as removeHooks,
  type InstallOutcome,
  type UninstallOptions,
} from '#core/install/installer.ts';
import { installRuntime } from '#core/install/runtimeFiles.ts';
import { fermataHome, homePaths } from '#core/base/paths.ts';
import { loadSettings } from '#core/base/settings.ts';
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
  usage: '[--scope user|local|project] [--project DIR] [--no-permissions]',
  options: { ...TARGET_OPTIONS, 'no-permissions': flagOption('leave permission rules alone') },
  examples: ['fermata install', 'fermata install --scope local --project .'],
  personal: () => 'install hooks',
  run: async (call) => {
    const target = targetOf(call);
    await installPrograms(call, target.home);
    const plan = planInstall({ ...target, permissions: !call.flag('no-permissions') });
    return report(call, applyInstall(plan));
  },
};

export const uninstall: Verb = {
  name: 'uninstall',
  summary: 'Take Fermata’s hooks out of Claude Code’s settings',
  usage: '[--scope user|local|project] [--project DIR]',
  options: TARGET_OPTIONS,
  examples: ['fermata uninstall --scope local --project .'],
  personal: () => 'take hooks away',
  run: (call) => report(call, removeHooks(targetOf(call))),
};

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
  const command = `The command is ${homePaths(fermataHome(call.io.env)).cli}`;
  const lines = [message, ...notes, ...(outcome.after === null ? [] : [command])];
  print(call, lines.join('\n'), { file, changed, backup: backup ?? null, notes });
}
