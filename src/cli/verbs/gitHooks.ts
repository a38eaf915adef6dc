import { resolve } from 'node:path';
import { fermataHome } from '#core/base/paths.ts';
import { findGit } from '#core/install/executables.ts';
import {
  allGitHooks,
  gitHooksStatus,
  installGitHooks,
  uninstallGitHooks,
  type GitHooksOptions,
  type GitHooksOutcome,
  type GitHooksStatus,
} from '#core/install/gitHooks/gitHooks.ts';
import type { HookChange, HookStatus } from '#core/install/gitHooks/hookFile.ts';
import { isGitHook, runGitHook } from '#cli/gitHook/runGitHook.ts';
import { EXIT, refused, usage } from '#cli/exit.ts';
import { print, printable } from '#cli/output.ts';
import { flagOption, type Call, type Verb } from '#cli/verb.ts';
import { installPrograms } from './install.ts';

export const gitHooks: Verb = {
  name: 'git-hooks',
  summary: 'Guard a repository for scripts and people, too: hooks of git that look what is held',
  args: 'any',
  usage: 'install|uninstall|status [FOLDER] [--all]',
  options: { all: flagOption('status of every repository into which hooks were installed') },
  examples: ['fermata git-hooks install', 'fermata git-hooks status --all', 'fermata git-hooks uninstall ~/shop'],
  notes: [
    'install puts pre-commit, pre-merge-commit and pre-push where git looks for hooks. Hooks of others stay and run after ours; uninstall gives back what was there, to the byte.',
    'Held is what blocks and guards with a pattern of commands hold (git merge*), and a commit of files that another agent has edited, as fermata.git says.',
    'Where a session holds it, git ends with 1 and a text that says how to go on. git … --no-verify passes. Without the program, without a session at work or on any failure git goes on.',
    '"fermata git-hooks run HOOK" is what the hooks call. Exit code 20: it is held.',
  ],
  personal: ({ args: [action] }) =>
    action === 'install' || action === 'uninstall' ? `${action} git hooks` : undefined,
  run: async (call, action?: string, ...rest: string[]) => {
    const home = resolve(call.io.cwd, fermataHome(call.io.env));
    if (action === 'run') {
      const [hook = '', ...args] = rest;
      if (!isGitHook(hook)) throw usage(`"${hook}" is no hook of git that Fermata has`);
      return runGitHook(call.io, home, hook, args);
    }
    if (rest.length > 1) throw usage(`too many arguments: "${rest[1] ?? ''}"`);
    if (action === 'status' && call.flag('all')) return report(call, allGitHooks(home));
    if (action !== 'install' && action !== 'uninstall' && action !== 'status')
      throw usage('say what to do: install, uninstall or status');
    const options = optionsOf(call, home, rest[0]);
    if (action === 'status') return report(call, [await gitHooksStatus(options)]);
    if (action === 'install') await installPrograms(call, home);
    return outcome(call, await (action === 'install' ? installGitHooks : uninstallGitHooks)(options));
  },
};

function optionsOf({ io }: Call, home: string, folder = '.'): GitHooksOptions {
  const path = resolve(io.cwd, folder);
  const git = findGit(io.env, [path]);
  if (git === undefined) throw refused('there is no git on PATH; install git, or add its folder to PATH');
  return { home, git, folder: path };
}

const DID: Record<NonNullable<HookChange['did']>, string> = {
  written: 'is new',
  inserted: 'is the hook of others with lines of Fermata at its top',
  moved: 'is new; it goes on to the hook of others, which is beside it (.before-fermata)',
  renewed: 'was brought up to date',
  removed: 'was taken out',
  restored: 'is what it was before',
  cleaned: 'is what it was before, without the lines of Fermata',
};

function outcome(call: Call, { root, hooks, changes, notes }: GitHooksOutcome): undefined {
  const lines = changes.flatMap(({ path, did }) => (did === undefined ? [] : [`${path} ${DID[did]}`]));
  const text = lines.length === 0 ? [`nothing was to be done in ${hooks}`] : lines;
  print(call, printable([...text, ...notes.map((note) => `note: ${note}`)].join('\n')), {
    root,
    hooks,
    changes,
    notes,
  });
}

const STANDS: Record<HookStatus['standing'], string> = {
  none: 'not installed',
  foreign: 'a hook of others alone',
  ours: 'guards',
  beside: 'guards, with a hook of others',
  stale: 'out of date',
};

/** Exit code 1 where something that was installed does not guard any more. */
function report(call: Call, all: readonly GitHooksStatus[]): number {
  const lines = all.flatMap(({ root, statuses, problems }) => [
    root,
    ...statuses.map(({ hook, standing }) => `  ${hook}: ${STANDS[standing]}`),
    ...problems.map((problem) => `  ! ${problem}; "fermata git-hooks install" mends it`),
  ]);
  const isFine = all.every(({ problems }) => problems.length === 0);
  const text = lines.length === 0 ? 'git hooks are installed in no repository' : lines.join('\n');
  print(call, printable(text), { repositories: all });
  return isFine ? EXIT.ok : EXIT.refused;
}
