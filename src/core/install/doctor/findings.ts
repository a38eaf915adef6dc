import { leftOut } from '#core/install/entries.ts';
import { isOlder, NEWEST_TRIED } from '#core/claude/versions.ts';
import { effectiveFiles, hookReach, hooksEffectiveSince } from '#core/install/hookReach.ts';
import type { DoctorFacts, HomeFacts, LocationFacts, ProgramFacts } from './facts.ts';
import type { FolderTraits } from '#core/base/files/traits.ts';
import { error, ok, warn, type Finding } from './finding.ts';
import { isShared } from './fileSystem.ts';
import { machineFindings } from './machineFindings.ts';
import { processFindings } from './processFindings.ts';

/** The oldest supported versions. An older Claude Code or VS Code is a warning only, since it may still work. */
const MIN_VERSIONS = { claude: '2.1.163', node: '20.0.0', vscode: '1.105.0' };
const INSTALL_HINT = 'Run "fermata install", or Fermata: Watch All My Claude Sessions… in VS Code.';

/** Rates the facts, the most basic ones first. Pure. */
export function findingsOf(facts: DoctorFacts): Finding[] {
  const note = facts.home.failClosed ? ' Until then every tool call is refused, as fermata.failClosed says.' : '';
  return [
    ...homeFindings(facts.home),
    programsFinding(facts.programs, note),
    nodeFinding(facts.programs, note),
    ...settingsFindings(facts),
    ...facts.locations.flatMap((location) => locationFindings(location, facts)),
    ...reachFindings(facts),
    ...modFindings(facts),
    ...statusLineFindings(facts),
    claudeFinding(facts),
    ...leftOut({ claude: facts.claude.version, failClosed: facts.home.failClosed }).map((text) => ok('events', text)),
    ...vscodeFindings(facts),
    ...processFindings(facts.processes),
    ...machineFindings(facts.machines, facts.programs.installed, Date.now()),
    ...facts.settingsProblems.map((text) => warn('fermataSettings', `${text}.`, 'Correct the value or remove it.')),
  ];
}

function homeFindings({ path, state, mode, mount, fileEvents, traits, failClosed }: HomeFacts): Finding[] {
  const errors = {
    missing: error('home', `There is no Fermata home at ${path}.`, INSTALL_HINT),
    notAFolder: error('home', `${path} is not a folder.`, 'Move it away, then install the hooks again.'),
    foreign: error('home', `${path} belongs to another user.`, 'Give it back with chown, or set FERMATA_HOME.'),
    unwritable: error('home', `${path} cannot be written by you.`, `Run: chmod 700 ${path}`),
    readOnly: error(
      'home',
      `${path} is on a file system that can only be read${ofType(mount)}: blocks hold as they are, and nothing new is recorded.`,
      `Mount it for writing. ${ELSEWHERE}`,
    ),
    full: error(
      'home',
      `The disk of ${path} is full: blocks hold as they are, and nothing new is recorded.`,
      'Make room on it.',
    ),
  };
  if (state !== 'there') return [errors[state]];
  const isOpen = mode !== undefined && (mode & 0o077) !== 0;
  const findings = [
    isOpen && traits?.modes !== false
      ? warn('home', `Others may look into ${path} (mode ${mode.toString(8)}).`, `Run: chmod 700 ${path}`)
      : ok('home', `The Fermata home is ${path}.`),
    ...(traits === undefined ? [] : traitFindings(path, traits, isOpen)),
  ];
  if (mount !== undefined) findings.push(mountFinding(path, mount));
  const lostEvents = `Changes in ${path} are not told to programs that watch it.`;
  if (fileEvents === false) findings.push(warn('fileEvents', lostEvents, 'Set fermata.watch.polling to "always".'));
  else if (fileEvents === true) findings.push(ok('fileEvents', 'File events arrive.'));
  if (failClosed)
    findings.push(ok('failClosed', 'Tool calls are refused if Fermata itself fails (setting fermata.failClosed).'));
  return findings;
}

const ELSEWHERE = 'Or set FERMATA_HOME to a folder on another disk, and install again.';

const ofType = (mount: string | undefined): string => (mount === undefined ? '' : ` (${mount})`);

function traitFindings(path: string, { links, modes, programs }: FolderTraits, isOpen: boolean): Finding[] {
  const findings: Finding[] = [];
  if (programs === false)
    findings.push(
      error(
        'noexec',
        `No program can be started from ${path} (as on a disk that is mounted noexec): Claude Code cannot run its hooks.`,
        `Mount it without noexec. ${ELSEWHERE}`,
      ),
    );
  if (modes === false && isOpen)
    findings.push(
      warn(
        'modes',
        `The file system of ${path} has no permissions for each user: whoever uses this machine may read what lies there.`,
        'Set FERMATA_HOME to a folder on another disk, and install again.',
      ),
    );
  if (!links) findings.push(ok('links', `No symbolic link can be made in ${path}, and Fermata needs none.`));
  return findings;
}

function mountFinding(path: string, type: string): Finding {
  if (isShared(type))
    return warn(
      'mount',
      `${path} is on a shared file system (${type}): lines may be torn there, and changes from elsewhere send no events.`,
      'Set FERMATA_HOME to a folder on a local disk and install again, or set fermata.watch.polling to "always".',
    );
  return ok(
    'mount',
    type === 'overlay'
      ? 'The home is in a container’s own layer (overlay): it goes with the container, and changes from outside send no events.'
      : `The home is on a local file system (${type}).`,
  );
}

function programsFinding({ missing, installed = 'unknown', own }: ProgramFacts, note: string): Finding {
  if (missing.length > 0) return error('programs', `Missing: ${missing.join(', ')}.${note}`, INSTALL_HINT);
  if (own === undefined || installed === own) return ok('programs', `All programs are there (version ${installed}).`);
  return warn('programs', `Version ${installed} is installed; this is ${own}.`, 'Reload the window, or install again.');
}

function nodeFinding({ node }: ProgramFacts, note: string): Finding {
  const broken = (text: string): Finding =>
    error('node', text, 'Set fermata.nodePath to a Node 20 or newer, or leave it empty, and install again.');
  if (node === undefined) return broken(`No Node is recorded.${note}`);
  const { path, runnable, version, electron } = node;
  if (!runnable) return broken(`There is no program at ${path}, the recorded Node.${note}`);
  if (version === undefined) return broken(`${path}, the recorded Node, does not run.${note}`);
  if (isOlder(version, MIN_VERSIONS.node)) return broken(`${path} is Node ${version}, which is too old.`);
  return ok('node', `Node ${version}${electron ? ', of the editor itself' : ''}: ${path}`);
}

const ASK_CLAUDE = 'To find out, run "claude doctor": it lists the settings that it does not take.';

/** A file that Claude Code ignores is reported even without hooks of ours: its permission rules are ignored too. */
function settingsFindings({ folders, claude: { version } }: DoctorFacts): Finding[] {
  const files = new Map(folders.flatMap(({ reach }) => reach.settings.map((file) => [file.path, file])));
  return [...files.values()].flatMap((file) => {
    if (file.state === 'absent') return [];
    if (file.unsure !== undefined)
      return [
        warn(
          'settings',
          `It is not known whether ${version === undefined ? 'your Claude Code' : `Claude Code ${version}`} reads ${file.path}: some versions ignore the whole file for the value of "${file.unsure}".`,
          `Correct that value. ${ASK_CLAUDE}`,
        ),
      ];
    if (file.state === 'read') return [ok('settings', `Claude Code reads ${file.path}.`)];
    const text = `Claude Code ignores ${file.path}, and every hook and permission rule in it: ${file.why ?? 'it cannot be read'}.`;
    const todo = file.fix ?? 'Correct that file.';
    return [file.ours ? error('settings', text, todo) : warn('settings', text, todo)];
  });
}

function locationFinding({ path, current, otherHomes, scope }: LocationFacts): Finding {
  if (otherHomes.length > 0 && scope === 'project')
    return error(
      'entries',
      `The entries in ${path}, which the project shares, work for one person only: they name ${otherHomes.join(' and ')}.`,
      'Install them for everyone again: fermata install --scope project',
    );
  if (otherHomes.length > 0)
    return error(
      'entries',
      `The entries in ${path} call ${otherHomes.join(' and ')}, which is not this Fermata home.`,
      'If the home has moved, install again. If another machine or container shares this file, those are its own: give this one a configuration of its own (CLAUDE_CONFIG_DIR). Else set FERMATA_HOME to that folder where VS Code and shells start.',
    );
  if (current) return ok('entries', `All entries in ${path} are there and current (scope ${scope}).`);
  return error('entries', `Entries in ${path} are missing or of an older version.`, INSTALL_HINT);
}

/** What a location lacks that its Claude Code knows, since it was installed for an older one. */
function locationFindings(location: LocationFacts, { claude: { version }, home }: DoctorFacts): Finding[] {
  const { madeFor, scope, path, current } = location;
  const failClosed = home.failClosed && scope !== 'project';
  const known = leftOut({ claude: version, failClosed });
  const missed = leftOut({ claude: madeFor, failClosed }).length > known.length;
  const finding = locationFinding(location);
  if (!current || version === undefined || !missed) return [finding];
  const text = `The entries in ${path} were made for an older Claude Code than ${version}, and ask it for less than it can do.`;
  return [finding, warn('entries', text, INSTALL_HINT)];
}

function reachFindings({ folders }: DoctorFacts): Finding[] {
  return folders.map(({ folder, reach }) => {
    const where = folder === undefined ? 'everywhere' : `in ${folder}`;
    const hooks = hookReach(reach);
    if (!hooks.reached) return error('hooks', `Claude Code does not ask Fermata ${where}: ${hooks.text}`, hooks.todo);
    const files = effectiveFiles(reach);
    if (files.every(({ unsure }) => unsure !== undefined))
      return warn('hooks', `Claude Code asks Fermata ${where} if it reads ${files[0]?.path}.`, ASK_CLAUDE);
    const since = hooksEffectiveSince(reach);
    if (since === undefined) return ok('hooks', `Claude Code asks Fermata ${where}.`);
    const sessions = `in sessions that began after ${new Date(since).toISOString()}, when .claude was made`;
    return ok('hooks', `Claude Code asks Fermata ${where} ${sessions}.`);
  });
}

function modFindings({ mod }: DoctorFacts): Finding[] {
  if (mod === undefined) return [];
  return [mod.todo === undefined ? ok('mod', mod.text) : warn('mod', mod.text, mod.todo)];
}

function statusLineFindings({ statusLine }: DoctorFacts): Finding[] {
  if (statusLine === undefined) return [];
  const { path, kept } = statusLine;
  if (kept) return [ok('statusLine', 'Claude Code hands the figures of its status line to Fermata.')];
  return [
    warn(
      'statusLine',
      `The status line in ${path} goes through Fermata no more, since another program has set it: dollars and the windows of a subscription are not known.`,
      'Put Fermata before it again: fermata install --status-line. Or leave it so: fermata uninstall --status-line',
    ),
  ];
}

function claudeFinding({ claude: { path, version } }: DoctorFacts): Finding {
  if (path === undefined)
    return warn('claude', 'Claude Code was not found.', 'Set fermata.claudePath if it is installed elsewhere.');
  if (version === undefined)
    return warn('claude', `${path} does not tell its version.`, 'Run it with --version to see why.');
  const untried = `; which settings files it reads was tried up to ${NEWEST_TRIED} only. ${ASK_CLAUDE}`;
  if (isOlder(NEWEST_TRIED, version)) return ok('claude', `Claude Code ${version}: ${path}${untried}`);
  if (!isOlder(version, MIN_VERSIONS.claude)) return ok('claude', `Claude Code ${version}: ${path}`);
  const text = `Claude Code ${version} is older than ${MIN_VERSIONS.claude}; some hooks may not answer.`;
  return warn('claude', text, 'Update it: claude update');
}

function vscodeFindings({ vscode }: DoctorFacts): Finding[] {
  if (vscode === undefined) return [];
  if (!isOlder(vscode, MIN_VERSIONS.vscode)) return [ok('vscode', `VS Code ${vscode}`)];
  return [warn('vscode', `VS Code ${vscode} is older than ${MIN_VERSIONS.vscode}.`, 'Update it.')];
}
