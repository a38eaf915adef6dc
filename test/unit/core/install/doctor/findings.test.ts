import { describe, expect, test } from 'vitest';
import type { DoctorFacts, HomeFacts, ProgramFacts } from '#core/install/doctor/facts.ts';
import { isFine, markdownReport, textReport, type Finding } from '#core/install/doctor/finding.ts';
import { findingsOf } from '#core/install/doctor/findings.ts';
import type { HookRun } from '#core/install/doctor/runHook.ts';
import { judge } from '#core/install/doctor/selfTest.ts';
import { isOlder } from '#core/claude/versions.ts';
import type { SettingsFacts } from '#core/install/settings/settingsFacts.ts';

const home: HomeFacts = { path: '/h', state: 'there', mode: 0o700, mount: 'ext4', fileEvents: true, failClosed: false };
const traits = { links: true, modes: true, programs: true };
const programs: ProgramFacts = {
  missing: [],
  installed: '1.0.0',
  own: '1.0.0',
  node: { path: '/usr/bin/node', runnable: true, version: '22.1.0', electron: false },
};
const file: SettingsFacts = {
  scope: 'user',
  path: '/u/settings.json',
  state: 'read',
  ours: true,
  inForce: true,
  managedHooksOnly: false,
  managedModsOnly: false,
};
const healthy: DoctorFacts = {
  home,
  programs,
  locations: [{ path: '/u/settings.json', scope: 'user', current: true, madeFor: '2.1.332', otherHomes: [] }],
  folders: [{ folder: '/p', reach: { settings: [file], untrusted: false } }],
  mod: undefined,
  statusLine: undefined,
  processes: { platform: 'linux' as const, by: 'proc' as const, startTimes: true, environments: true },
  settingsProblems: [],
  machines: undefined,
  claude: { path: '/bin/claude', version: '2.1.197' },
  vscode: '1.105.0',
  entries: [],
};

const levels = (findings: Finding[]): string[] =>
  findings.filter(({ level }) => level !== 'ok').map(({ level, id }) => `${level} ${id}`);
const diagnose = (changes: Partial<DoctorFacts>): Finding[] => findingsOf({ ...healthy, ...changes });

test('a healthy installation has nothing but good news', () => {
  const findings = findingsOf(healthy);
  expect(levels(findings)).toEqual([]);
  expect(isFine(findings)).toBe(true);
  expect(new Set(findings.map(({ id }) => id))).toEqual(
    new Set('home mount fileEvents programs node settings entries hooks claude events vscode'.split(' ')),
  );
});

test('what cannot be known is said, and how to find out', () => {
  const reach = { settings: [{ ...file, unsure: 'model' }], untrusted: false };
  const findings = diagnose({
    folders: [{ folder: '/p', reach }],
    claude: { path: '/bin/claude', version: '2.1.999' },
  });
  const texts = findings.filter(({ id }) => ['settings', 'hooks', 'claude'].includes(id));
  expect(texts.map(({ level, text, todo = text }) => [level, todo.includes('run "claude doctor"')])).toEqual([
    ['warn', true],
    ['warn', true],
    ['ok', true],
  ]);
});

describe('what is wrong has its level, and everything that is wrong says what to do', () => {
  const node = (changes: object): Partial<DoctorFacts> => ({
    programs: { ...programs, node: { ...(programs.node as object), ...changes } as ProgramFacts['node'] },
  });
  const settings = (changes: Partial<SettingsFacts>): Partial<DoctorFacts> => ({
    folders: [
      {
        folder: '/p',
        reach: { settings: [file, { ...file, path: '/other', ours: false, ...changes }], untrusted: false },
      },
    ],
  });
  test.each<[string, Partial<DoctorFacts>, string[]]>([
    ['a status line that another program has set', { statusLine: { path: '/u', kept: false } }, ['warn statusLine']],
    ['a status line that is as it was put', { statusLine: { path: '/u', kept: true } }, []],
    ['no home', { home: { ...home, state: 'missing' } }, ['error home']],
    ['a file for a home', { home: { ...home, state: 'notAFolder' } }, ['error home']],
    ['somebody else’s home', { home: { ...home, state: 'foreign' } }, ['error home']],
    ['a home that cannot be written', { home: { ...home, state: 'unwritable' } }, ['error home']],
    ['a home that can only be read', { home: { ...home, state: 'readOnly', mount: 'ext4' } }, ['error home']],
    ['a home on a full disk', { home: { ...home, state: 'full' } }, ['error home']],
    ['a home without programs', { home: { ...home, traits: { ...traits, programs: false } } }, ['error noexec']],
    [
      'a home without modes, whose bits mean nothing',
      { home: { ...home, mode: 0o777, traits: { ...traits, modes: false } } },
      ['warn modes'],
    ],
    [
      'a home without modes that is mounted for its owner alone',
      { home: { ...home, traits: { ...traits, modes: false } } },
      [],
    ],
    ['a home without links', { home: { ...home, traits: { ...traits, links: false } } }, []],
    ['a home that others may read', { home: { ...home, mode: 0o755 } }, ['warn home']],
    ['a home on a network', { home: { ...home, mount: 'nfs4' } }, ['warn mount']],
    ['a home in a container', { home: { ...home, mount: 'overlay' } }, []],
    ['a home without file events', { home: { ...home, fileEvents: false } }, ['warn fileEvents']],
    ['a file that some versions ignore', settings({ unsure: 'model' }), ['warn settings']],
    ['hooks in a file that some versions ignore', settings({ ours: true, unsure: 'model' }), ['warn settings']],
    ['a missing program', { programs: { ...programs, missing: ['/h/hooks/gate.sh'] } }, ['error programs']],
    ['an older version', { programs: { ...programs, installed: '0.9.0' } }, ['warn programs']],
    ['no Node', { programs: { ...programs, node: undefined } }, ['error node']],
    ['a Node that is gone', node({ runnable: false, version: undefined }), ['error node']],
    ['a Node that does not run', node({ version: undefined }), ['error node']],
    ['a Node that is too old', node({ version: '18.20.0' }), ['error node']],
    ['a Node of the editor', node({ electron: true }), []],
    [
      'another settings file that is ignored',
      settings({ state: 'ignored', why: 'it holds a comment' }),
      ['warn settings'],
    ],
    ['hooks switched off', settings({ disableAllHooks: true }), ['error hooks']],
    [
      'entries of an older version',
      { locations: [{ path: '/x', scope: 'user', current: false, madeFor: '2.1.332', otherHomes: [] }] },
      ['error entries'],
    ],
    [
      'entries of another home',
      { locations: [{ path: '/x', scope: 'user', current: false, madeFor: '2.1.332', otherHomes: ['/old'] }] },
      ['error entries'],
    ],
    ['no Claude Code', { claude: {} }, ['warn claude']],
    ['a silent Claude Code', { claude: { path: '/bin/claude' } }, ['warn claude']],
    ['an older Claude Code', { claude: { path: '/bin/claude', version: '2.1.162' } }, ['warn claude']],
    ['an older VS Code', { vscode: '1.104.3' }, ['warn vscode']],
    [
      'settings of Fermata that cannot be read',
      { settingsProblems: ['/h/settings.json cannot be parsed'] },
      ['warn fermataSettings'],
    ],
  ])('%s', (_, changes, expected) => {
    const findings = diagnose(changes);
    expect(levels(findings)).toEqual(expected);
    for (const { id, level, text, todo } of findings) {
      expect(id).toMatch(/^\w+$/);
      // a sentence or a name with its version, and what to do is a sentence as well
      expect(text).toMatch(/^\S.* .*\S$/s);
      expect(todo ?? 'nothing to do').toMatch(/^\S.* .*\S$/s);
      expect(todo === undefined).toBe(level === 'ok');
    }
  });

  test('hooks in a file that Claude Code ignores are an error twice: of the file and of the folder', () => {
    const reach = { settings: [{ ...file, state: 'ignored' as const, why: 'it holds a comment' }], untrusted: false };
    expect(levels(diagnose({ folders: [{ folder: '/p', reach }] }))).toEqual(['error settings', 'error hooks']);
  });

  test('what Claude Code does not know is left out by name, and what it knows by now is worth an installation', () => {
    const older = diagnose({ home: { ...home, failClosed: true } }).filter(({ id }) => id === 'events');
    expect(older.map(({ text }) => text)).toEqual([
      expect.stringContaining('2.1.197 does not know the event PreSkillShellCommand (2.1.332 does)'),
      expect.stringContaining('2.1.197 does not know "onFailure" (2.1.295 does)'),
    ]);
    const claude = { path: '/bin/claude', version: '2.1.332' };
    expect(diagnose({ claude }).filter(({ id }) => id === 'events')).toEqual([]);
    const locations = [{ path: '/x', scope: 'user' as const, current: true, madeFor: '0.0.0', otherHomes: [] }];
    expect(levels(diagnose({ claude, locations }))).toEqual(['warn entries']);
    expect(levels(diagnose({ locations }))).toEqual([]);
    const failClosed = { ...home, failClosed: true };
    const newer = { path: '/bin/claude', version: '2.1.300' };
    expect(levels(diagnose({ claude: newer, locations }))).toEqual([]);
    expect(levels(diagnose({ claude: newer, locations, home: failClosed }))).toEqual(['warn entries']);
    // a person's setting says nothing of what a project shares
    const shared = locations.map((each) => ({ ...each, scope: 'project' as const }));
    expect(levels(diagnose({ claude: newer, locations: shared, home: failClosed }))).toEqual([]);
  });

  test('with failClosed a missing Node says what that means', () => {
    const findings = diagnose({ home: { ...home, failClosed: true }, programs: { ...programs, node: undefined } });
    expect(findings.find(({ id }) => id === 'node')?.text).toContain('every tool call is refused');
  });
});

describe('a finding has what a person needs to act on it', () => {
  const textsOf = (id: string, changes: Partial<DoctorFacts>): string[] =>
    diagnose(changes).flatMap((finding) => (finding.id === id ? [finding.text] : []));
  const todosOf = (id: string, changes: Partial<DoctorFacts>): (string | undefined)[] =>
    diagnose(changes).flatMap((finding) => (finding.id === id ? [finding.todo] : []));
  const reaching = (changes: Partial<SettingsFacts>, folder: string | undefined = '/p'): Partial<DoctorFacts> => ({
    folders: [{ folder, reach: { settings: [{ ...file, ...changes }], untrusted: false } }],
  });

  test.each<[string, string, Partial<DoctorFacts>, string]>([
    ['of a healthy home its path', 'home', {}, 'The Fermata home is /h.'],
    [
      'of an open home the mode',
      'home',
      { home: { ...home, mode: 0o750, traits } },
      'Others may look into /h (mode 750).',
    ],
    [
      'of a home without a known mode its path',
      'home',
      { home: { ...home, mode: undefined } },
      'The Fermata home is /h.',
    ],
    [
      'of a disk that can only be read its type',
      'home',
      { home: { ...home, state: 'readOnly', mount: 'squashfs' } },
      '/h is on a file system that can only be read (squashfs): blocks hold as they are, and nothing new is recorded.',
    ],
    [
      'of such a disk without a known type nothing more',
      'home',
      { home: { ...home, state: 'readOnly', mount: undefined } },
      '/h is on a file system that can only be read: blocks hold as they are, and nothing new is recorded.',
    ],
    ['of a local disk its type', 'mount', {}, 'The home is on a local file system (ext4).'],
    [
      'of a container’s layer what it means',
      'mount',
      { home: { ...home, mount: 'overlay' } },
      'The home is in a container’s own layer (overlay): it goes with the container, and changes from outside send no events.',
    ],
    ['of file events that arrive the good news', 'fileEvents', {}, 'File events arrive.'],
    [
      'of the setting failClosed that calls are refused',
      'failClosed',
      { home: { ...home, failClosed: true } },
      'Tool calls are refused if Fermata itself fails (setting fermata.failClosed).',
    ],
    [
      'of a disk without links that none is needed',
      'links',
      { home: { ...home, traits: { ...traits, links: false } } },
      'No symbolic link can be made in /h, and Fermata needs none.',
    ],
    [
      'of missing programs each path',
      'programs',
      { programs: { ...programs, missing: ['/h/a', '/h/b'] } },
      'Missing: /h/a, /h/b.',
    ],
    [
      'of programs whose version is not known that it is not',
      'programs',
      { programs: { ...programs, installed: undefined, own: undefined } },
      'All programs are there (version unknown).',
    ],
    [
      'of a command line that does not know its own version that of the programs',
      'programs',
      { programs: { ...programs, own: undefined } },
      'All programs are there (version 1.0.0).',
    ],
    ['of Node its version and path', 'node', {}, 'Node 22.1.0: /usr/bin/node'],
    [
      'of the editor’s Node that it is the editor’s',
      'node',
      { programs: { ...programs, node: { path: '/code', runnable: true, version: '22.1.0', electron: true } } },
      'Node 22.1.0, of the editor itself: /code',
    ],
    ['of a settings file that is read its path', 'settings', {}, 'Claude Code reads /u/settings.json.'],
    [
      'of an ignored one why',
      'settings',
      reaching({ state: 'ignored', why: 'it holds a comment' }),
      'Claude Code ignores /u/settings.json, and every hook and permission rule in it: it holds a comment.',
    ],
    [
      'of one for which no reason is known that it cannot be read',
      'settings',
      reaching({ state: 'ignored' }),
      'Claude Code ignores /u/settings.json, and every hook and permission rule in it: it cannot be read.',
    ],
    [
      'of one that some versions ignore the version and the setting',
      'settings',
      reaching({ unsure: 'model' }),
      'It is not known whether Claude Code 2.1.197 reads /u/settings.json: some versions ignore the whole file for the value of "model".',
    ],
    [
      'of one that some versions ignore, without a version, the person’s own',
      'settings',
      { ...reaching({ unsure: 'model' }), claude: {} },
      'It is not known whether your Claude Code reads /u/settings.json: some versions ignore the whole file for the value of "model".',
    ],
    [
      'of entries that are in place their file and scope',
      'entries',
      {},
      'All entries in /u/settings.json are there and current (scope user).',
    ],
    ['of a folder that has the hooks its path', 'hooks', {}, 'Claude Code asks Fermata in /p.'],
    [
      'of no folder that it is so everywhere',
      'hooks',
      { folders: [{ folder: undefined, reach: { settings: [file], untrusted: false } }] },
      'Claude Code asks Fermata everywhere.',
    ],
    [
      'of a .claude folder that is new to an older Claude Code since when',
      'hooks',
      {
        folders: [
          {
            folder: '/p',
            reach: {
              settings: [{ ...file, scope: 'local' }],
              untrusted: false,
              claude: '2.1.197',
              claudeFolderCreatedMs: Date.UTC(2030, 0, 2),
            },
          },
        ],
      },
      'Claude Code asks Fermata in /p in sessions that began after 2030-01-02T00:00:00.000Z, when .claude was made.',
    ],
    [
      'of hooks in a file that may be ignored the condition',
      'hooks',
      reaching({ unsure: 'model' }),
      'Claude Code asks Fermata in /p if it reads /u/settings.json.',
    ],
    ['of Claude Code its version and path', 'claude', {}, 'Claude Code 2.1.197: /bin/claude'],
    [
      'of the newest one that was tried the same',
      'claude',
      { claude: { path: '/bin/claude', version: '2.1.332' } },
      'Claude Code 2.1.332: /bin/claude',
    ],
    [
      'of a newer one how far it was tried',
      'claude',
      { claude: { path: '/bin/claude', version: '2.1.333' } },
      'Claude Code 2.1.333: /bin/claude; which settings files it reads was tried up to 2.1.332 only. To find out, run "claude doctor": it lists the settings that it does not take.',
    ],
    [
      'of an older one what may fail',
      'claude',
      { claude: { path: '/bin/claude', version: '2.1.162' } },
      'Claude Code 2.1.162 is older than 2.1.163; some hooks may not answer.',
    ],
    ['of VS Code its version', 'vscode', {}, 'VS Code 1.105.0'],
    ['of an older VS Code the least', 'vscode', { vscode: '1.104.9' }, 'VS Code 1.104.9 is older than 1.105.0.'],
    [
      'of a status line that goes through Fermata the good news',
      'statusLine',
      { statusLine: { path: '/u', kept: true } },
      'Claude Code hands the figures of its status line to Fermata.',
    ],
    [
      'of a plugin that runs what it says',
      'mod',
      { mod: { state: 'runs', text: 'The plugin in Claude Code runs.' } },
      'The plugin in Claude Code runs.',
    ],
  ])('%s', (_, id, changes, text) => {
    expect(textsOf(id, changes)).toEqual([text]);
  });

  test('what to do is what the file, the plugin or the hooks call for', () => {
    expect(todosOf('settings', reaching({ state: 'ignored', fix: 'Remove the comment.' }))).toEqual([
      'Remove the comment.',
    ]);
    expect(todosOf('settings', reaching({ state: 'ignored' }))).toEqual(['Correct that file.']);
    expect(todosOf('mod', { mod: { state: 'waits', text: 'It waits there.', todo: 'Restart them.' } })).toEqual([
      'Restart them.',
    ]);
    expect(todosOf('hooks', reaching({ disableAllHooks: true }))).toEqual(['Remove it there, or set it to false.']);
    expect(diagnose({ vscode: undefined }).some(({ id }) => id === 'vscode')).toBe(false);
  });

  test('entries that call other homes name each; those that a project shares have another way out', () => {
    const located = (scope: 'user' | 'project'): Partial<DoctorFacts> => ({
      locations: [{ path: '/x', scope, current: false, madeFor: '2.1.332', otherHomes: ['/old', '/older'] }],
    });
    expect(textsOf('entries', located('user'))).toEqual([
      'The entries in /x call /old and /older, which is not this Fermata home.',
    ]);
    expect(textsOf('entries', located('project'))).toEqual([
      'The entries in /x, which the project shares, work for one person only: they name /old and /older.',
    ]);
    expect(todosOf('entries', located('project'))).toEqual([
      'Install them for everyone again: fermata install --scope project',
    ]);
  });

  test('a file that counts in two folders is judged once, one that is not there never', () => {
    const reach = { settings: [file, { ...file, path: '/none', state: 'absent' as const }], untrusted: false };
    const folders = ['/p', '/q'].map((folder) => ({ folder, reach }));
    expect(textsOf('settings', { folders })).toEqual(['Claude Code reads /u/settings.json.']);
    expect(textsOf('hooks', { folders })).toEqual([
      'Claude Code asks Fermata in /p.',
      'Claude Code asks Fermata in /q.',
    ]);
  });

  test('one file that is surely read is enough, whatever becomes of another', () => {
    const settings = [file, { ...file, path: '/other', unsure: 'model' }];
    expect(textsOf('hooks', { folders: [{ folder: '/p', reach: { settings, untrusted: false } }] })).toEqual([
      'Claude Code asks Fermata in /p.',
    ]);
  });
});

describe('a trial', () => {
  const run: HookRun = { code: 0, signal: null, stdout: '', stderr: '', ms: 30, timedOut: false };
  const entry = { event: 'Stop', command: '/h/hooks/gate.sh', args: ['Stop', '20'] };
  test.each<[string, Partial<HookRun>, string, string]>([
    ['silence', {}, 'ok', 'answers (30 ms)'],
    ['an answer', { stdout: '{"decision":"block","reason":"x"}' }, 'ok', 'answers'],
    ['one that takes long', { ms: 2500 }, 'warn', '2500 ms'],
    ['a refusal', { code: 2, stderr: 'no such Node\nmore' }, 'error', 'refused (exit code 2): no such Node.'],
    ['a crash', { code: 1, stderr: 'boom' }, 'error', 'ended with 1: boom'],
    ['a kill', { code: null, signal: 'SIGSEGV' }, 'error', 'ended with SIGSEGV'],
    ['nothing to start', { startError: 'EACCES' }, 'error', 'could not be started (EACCES)'],
    ['no end', { timedOut: true, ms: 10_000 }, 'error', 'no answer within 10 seconds'],
    ['chatter', { stdout: 'hi' }, 'error', 'it is not JSON'],
  ])('that ends with %s', (_, changes, level, text) => {
    expect(judge(entry, { ...run, ...changes })).toMatchObject({ level, text: expect.stringContaining(text) });
  });

  test('of a waiter may go on, and a message must arrive', () => {
    expect(judge({ ...entry, asyncRewake: true }, { ...run, timedOut: true })).toMatchObject({ level: 'ok' });
    expect(judge(entry, run, 'hello')).toMatchObject({
      level: 'error',
      text: expect.stringContaining('did not arrive'),
    });
  });
});

test('reports say first what is broken and end with a verdict', () => {
  const findings = diagnose({ programs: { ...programs, node: undefined }, home: { ...home, mode: 0o755 } });
  expect(textReport(findings)).toMatch(
    /^warn {2}Others may look .*\n {6}→ Run: chmod 700 \/h\n[\s\S]*ERROR No Node[\s\S]*\n\n1 thing is broken\.$/,
  );
  const document = markdownReport(findings, { version: '1.0.0', date: '2030-01-01' });
  expect(document).toMatch(
    /^# Fermata: Diagnose\n\n1 thing is broken\.\n\n## Broken\n[\s\S]*## Worth a look\n[\s\S]*## In order\n/,
  );
  expect(markdownReport(findingsOf(healthy), { version: '1.0.0', date: '' })).toContain('Fermata works.');
});

test('versions are compared number by number', () => {
  expect(isOlder('2.1.99', '2.1.163')).toBe(true);
  expect(isOlder('2.1.163', '2.1.163')).toBe(false);
  expect(isOlder('2.2.0', '2.1.163')).toBe(false);
});
