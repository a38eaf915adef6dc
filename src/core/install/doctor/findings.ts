import { isOlder } from '#core/claude/versions.ts';
import { hookReach, hooksEffectiveSince } from '#core/install/hookReach.ts';
import type { DoctorFacts, HomeFacts, LocationFacts, ProgramFacts } from './facts.ts';
import { error, ok, warn, type Finding } from './finding.ts';
import { isShared } from './fileSystem.ts';

/** The oldest supported versions. An older Claude Code or VS Code is a warning only, since it may still work. */
const MIN_VERSIONS = { claude: '2.1.163', node: '20.0.0', vscode: '1.105.0' };
const INSTALL_HINT = 'Run "fermata install", or Fermata: Install Hooks… in VS Code.';

/** Rates the facts, the most basic ones first. Pure. */
export function findingsOf(facts: DoctorFacts): Finding[] {
  return [
    ...homeFindings(facts.home),
    ...programFindings(facts.programs, facts.home.failClosed),
    ...settingsFindings(facts),
    ...facts.locations.flatMap(locationFindings),
    ...reachFindings(facts),
    ...versionFindings(facts),
    ...facts.settingsProblems.map((text) => warn('fermataSettings', `${text}.`, 'Correct the value or remove it.')),
  ];
}

function homeFindings({ path, state, mode, mount, fileEvents, failClosed }: HomeFacts): Finding[] {
  switch (state) {
    case 'missing':
      return [error('home', `There is no Fermata home at ${path}.`, INSTALL_HINT)];
    case 'notAFolder':
      return [error('home', `${path} is not a folder.`, 'Move it away, then install the hooks again.')];
    case 'foreign':
      return [error('home', `${path} belongs to another user.`, 'Give it back with chown, or set FERMATA_HOME.')];
    case 'unwritable':
      return [error('home', `${path} cannot be written by you.`, `Run: chmod 700 ${path}`)];
    case 'there':
  }
  const findings = [
    mode !== undefined && (mode & 0o077) !== 0
      ? warn('home', `Others may look into ${path} (mode ${mode.toString(8)}).`, `Run: chmod 700 ${path}`)
      : ok('home', `The Fermata home is ${path}.`),
  ];
  if (mount !== undefined) findings.push(mountFinding(path, mount));
  if (fileEvents === false)
    findings.push(
      warn(
        'fileEvents',
        `Changes in ${path} are not told to programs that watch it.`,
        'Set fermata.watch.polling to "always".',
      ),
    );
  else if (fileEvents === true) findings.push(ok('fileEvents', 'File events arrive.'));
  if (failClosed)
    findings.push(ok('failClosed', 'Tool calls are refused if Fermata itself fails (setting fermata.failClosed).'));
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

function programFindings({ missing, installed, own, node }: ProgramFacts, failClosed: boolean): Finding[] {
  const findings: Finding[] = [];
  const failClosedNote = failClosed ? ' Until then every tool call is refused, as fermata.failClosed says.' : '';
  if (missing.length > 0)
    findings.push(error('programs', `Missing: ${missing.join(', ')}.${failClosedNote}`, INSTALL_HINT));
  else if (own !== undefined && installed !== own)
    findings.push(
      warn(
        'programs',
        `Version ${installed ?? 'unknown'} is installed; this is ${own}.`,
        'Reload the window, or install again.',
      ),
    );
  else findings.push(ok('programs', `All programs are there (version ${installed ?? 'unknown'}).`));
  const todo = 'Set fermata.nodePath to a Node 20 or newer, or leave it empty, and install again.';
  if (node === undefined) findings.push(error('node', `No Node is recorded.${failClosedNote}`, todo));
  else if (!node.runnable)
    findings.push(error('node', `There is no program at ${node.path}, the recorded Node.${failClosedNote}`, todo));
  else if (node.version === undefined)
    findings.push(error('node', `${node.path}, the recorded Node, does not run.${failClosedNote}`, todo));
  else if (isOlder(node.version, MIN_VERSIONS.node))
    findings.push(error('node', `${node.path} is Node ${node.version}, which is too old.`, todo));
  else findings.push(ok('node', `Node ${node.version}${node.electron ? ', of the editor itself' : ''}: ${node.path}`));
  return findings;
}

/** A file that Claude Code ignores is reported even without hooks of ours: its permission rules are ignored too. */
function settingsFindings({ folders }: DoctorFacts): Finding[] {
  const files = new Map(folders.flatMap(({ reach }) => reach.settings.map((file) => [file.path, file])));
  return [...files.values()].flatMap((file) => {
    if (file.state === 'absent') return [];
    if (file.state === 'read') return [ok('settings', `Claude Code reads ${file.path}.`)];
    const text = `Claude Code ignores ${file.path}, and every hook and permission rule in it: ${file.why ?? 'it cannot be read'}.`;
    const todo = file.fix ?? 'Correct that file.';
    return [file.ours ? error('settings', text, todo) : warn('settings', text, todo)];
  });
}

function locationFindings({ path, current, otherHomes, scope }: LocationFacts): Finding[] {
  if (otherHomes.length > 0)
    return [
      error(
        'entries',
        `The entries in ${path} call ${otherHomes.join(' and ')}, which is not this Fermata home.`,
        'If the home has moved, install again; else set FERMATA_HOME to that folder where VS Code and shells start.',
      ),
    ];
  if (current) return [ok('entries', `All entries in ${path} are there and current (scope ${scope}).`)];
  return [error('entries', `Entries in ${path} are missing or of an older version.`, INSTALL_HINT)];
}

function reachFindings({ folders }: DoctorFacts): Finding[] {
  return folders.map(({ folder, reach }) => {
    const where = folder === undefined ? 'everywhere' : `in ${folder}`;
    const hooks = hookReach(reach);
    if (!hooks.reached) return error('hooks', `Claude Code does not ask Fermata ${where}: ${hooks.text}`, hooks.todo);
    const since = hooksEffectiveSince(reach);
    const sinceNote =
      since === undefined
        ? ''
        : ` in sessions that began after ${new Date(since).toISOString()}, when .claude was made`;
    return ok('hooks', `Claude Code asks Fermata ${where}${sinceNote}.`);
  });
}

function versionFindings({ claude, vscode }: DoctorFacts): Finding[] {
  const findings: Finding[] = [];
  if (claude.path === undefined)
    findings.push(warn('claude', 'Claude Code was not found.', 'Set fermata.claudePath if it is installed elsewhere.'));
  else if (claude.version === undefined)
    findings.push(warn('claude', `${claude.path} does not tell its version.`, 'Run it with --version to see why.'));
  else if (isOlder(claude.version, MIN_VERSIONS.claude))
    findings.push(
      warn(
        'claude',
        `Claude Code ${claude.version} is older than ${MIN_VERSIONS.claude}; some hooks may not answer.`,
        'Update it: claude update',
      ),
    );
  else findings.push(ok('claude', `Claude Code ${claude.version}: ${claude.path}`));
  if (vscode !== undefined)
    findings.push(
      isOlder(vscode, MIN_VERSIONS.vscode)
        ? warn('vscode', `VS Code ${vscode} is older than ${MIN_VERSIONS.vscode}.`, 'Update it.')
        : ok('vscode', `VS Code ${vscode}`),
    );
  return findings;
}
