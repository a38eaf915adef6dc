import { execFile } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { createLog } from '#core/log/append.ts';
import { HOOK_EVENTS } from '#protocol/hookEvents.ts';
import type { Finding } from '#core/install/doctor/finding.ts';
import { homePaths, sessionDir } from '#core/base/paths.ts';
import { publish } from '#core/session/publish.ts';
import { cleanEnv } from '#test/lib/cleanEnv.ts';
import { cliProgram } from '#test/lib/fermata.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

let root: string;
let home: string;
let project: string;
let settings: string;

beforeEach(async () => {
  root = realpathSync(tempDir());
  home = join(root, '.fermata');
  project = join(root, 'project');
  settings = join(root, '.claude', 'settings.json');
  mkdirSync(project);
  mkdirSync(join(root, 'bin'));
  writeFileSync(join(root, 'bin', 'claude'), '#!/bin/sh\necho "2.1.197 (Claude Code)"\n', { mode: 0o755 });
  expect((await fermata(['install'])).code).toBe(0);
});

function fermata(args: string[], extra: Record<string, string> = {}): Promise<{ code: number; out: string }> {
  const env = cleanEnv(root, extra);
  env['PATH'] = `${join(root, 'bin')}:${env['PATH'] ?? ''}`;
  return new Promise((resolve) => {
    execFile(process.execPath, [cliProgram, ...args], { env, cwd: project }, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), out: out + err }),
    );
  });
}

async function doctor(
  extra: Record<string, string> = {},
): Promise<{ code: number; bad: string[]; findings: Finding[] }> {
  const { code, out } = await fermata(['doctor', '--json'], extra);
  const { findings } = JSON.parse(out) as { findings: Finding[] };
  // that this machine is busy is no fault of the installation
  const isBusy = ({ id, text }: Finding): boolean => id === 'selfTest' && text.includes(' answers, but only after ');
  const bad = findings
    .filter((finding) => finding.level !== 'ok' && !isBusy(finding))
    .map(({ level, text, todo }) => `${level} ${text} ${todo}`);
  return { code, bad, findings };
}

const change = (edit: (text: string) => string): void => writeFileSync(settings, edit(readFileSync(settings, 'utf8')));

test('a healthy installation: every entry answers, and nothing is left behind', async () => {
  const { code, bad, findings } = await doctor();
  expect(bad).toEqual([]);
  expect(code).toBe(0);
  const tried = findings.filter(({ id }) => id === 'selfTest').map(({ text }) => text.split(' ')[0]?.replace(':', ''));
  expect(new Set(tried)).toEqual(new Set(HOOK_EVENTS));
  expect(readdirSync(join(home, 'sessions'))).toEqual([]);
  expect(readdirSync(home).filter((name) => name.startsWith('.doctor'))).toEqual([]);
  expect(existsSync(join(home, 'logs'))).toBe(false);
  expect((await fermata(['doctor'])).out).toMatch(/\nFermata works\.\n$/);
});

test('the plugin in Claude Code: installed and removed beside the hooks, and what keeps it from running', async () => {
  const folder = join(root, '.claude', 'skills', 'fermata');
  expect((await doctor()).findings.filter(({ id }) => id === 'mod')).toEqual([]);
  const before = readFileSync(settings, 'utf8');
  expect(await fermata(['install', '--in-claude'])).toEqual({ code: 0, out: `The plugin is now in ${folder}.\n` });
  expect((await fermata(['install', '--in-claude'])).out).toContain('already');
  expect((await doctor()).bad).toEqual([expect.stringContaining('Claude Code 2.1.197 does not know such plugins')]);
  writeFileSync(join(root, 'bin', 'claude'), '#!/bin/sh\necho "2.1.332 (Claude Code)"\n', { mode: 0o755 });
  const { findings } = await doctor();
  expect(findings.find(({ id }) => id === 'mod')).toMatchObject({ level: 'ok', text: expect.stringContaining(folder) });
  writeFileSync(join(folder, 'hooks', 'register.js'), 'theirs');
  expect((await doctor()).bad.join()).toContain('register.js was changed by somebody else');
  for (const verb of ['install', 'uninstall'])
    expect(await fermata([verb, '--in-claude'])).toMatchObject({
      code: 1,
      out: expect.stringContaining('was changed'),
    });
  rmSync(join(root, '.claude', 'skills'), { recursive: true });
  expect((await fermata(['install', '--in-claude'], { CLAUDE_CONFIG_DIR: join(root, 'elsewhere') })).code).toBe(0);
  expect(existsSync(join(root, 'elsewhere', 'skills', 'fermata'))).toBe(true);
  expect((await fermata(['uninstall', '--in-claude'])).out).toContain(`removed: ${join(root, 'elsewhere')}`);
  expect(existsSync(join(root, 'elsewhere'))).toBe(false);
  expect(readFileSync(settings, 'utf8')).toBe(before);
  await fermata(['install', '--in-claude']);
  expect((await fermata(['uninstall'])).out).toContain('The plugin was removed');
  expect(existsSync(join(root, '.claude', 'skills'))).toBe(false);
});

test('a status line that another program has set is found, until the person leaves it so', async () => {
  expect((await fermata(['install', '--status-line'])).code).toBe(0);
  const { bad, findings } = await doctor();
  expect(bad).toEqual([]);
  expect(findings.filter(({ id }) => id === 'statusLine')).toMatchObject([{ level: 'ok' }]);
  const values = JSON.parse(readFileSync(settings, 'utf8')) as object;
  writeFileSync(settings, JSON.stringify({ ...values, statusLine: { type: 'command', command: 'theirs' } }));
  expect((await doctor()).bad).toEqual([
    expect.stringContaining(`The status line in ${settings} goes through Fermata no more`),
  ]);
  expect((await fermata(['uninstall', '--status-line'])).out).toContain('nothing was changed');
  const after = await doctor();
  expect(after.bad).toEqual([]);
  expect(after.findings.filter(({ id }) => id === 'statusLine')).toEqual([]);
});

test('with a newer Claude Code an installation has more, also for failClosed, and every entry of it answers', async () => {
  const before = await fermata(['install']);
  expect(before.out).toContain('Claude Code 2.1.197 does not know the event PreSkillShellCommand (2.1.332 does)');
  writeFileSync(join(root, 'bin', 'claude'), '#!/bin/sh\necho "2.1.332 (Claude Code)"\n', { mode: 0o755 });
  expect((await doctor()).bad).toEqual([expect.stringContaining('made for an older Claude Code than 2.1.332')]);
  writeFileSync(homePaths(home).failClosed, '');
  expect((await doctor()).bad).toContainEqual(expect.stringMatching(/^error Entries in .* are missing or of an older/));
  expect(await fermata(['install'])).toMatchObject({ code: 0, out: expect.stringContaining('Hooks for 18 events') });
  expect(readFileSync(settings, 'utf8').match(/"onFailure": "block"/g)).toHaveLength(2);
  const { code, bad, findings } = await doctor();
  expect([code, bad]).toEqual([0, []]);
  const tried = findings.filter(({ id }) => id === 'selfTest').map(({ text }) => text);
  for (const event of ['PreToolUse', 'PreSkillShellCommand'])
    expect(tried).toContainEqual(expect.stringMatching(new RegExp(`^${event} answers`)));
  expect(existsSync(join(home, 'logs'))).toBe(false);
});

test('called from inside a session it touches nothing of it', async () => {
  const dir = sessionDir(home, 'live');
  createLog(dir, 0);
  publish(dir, 0, { t: 'session', session: 'live', cwd: project });
  publish(dir, 0, { t: 'hook', worker: 'W1', event: 'PostToolUse', exit: 0, message: 'for the session' });
  const files = (): string[] => readdirSync(dir, { recursive: true, encoding: 'utf8' }).toSorted();
  const before = [files(), readFileSync(join(dir, 'events.jsonl'), 'utf8')];
  const inside = {
    CLAUDECODE: '1',
    CLAUDE_CODE_SESSION_ID: 'live',
    FERMATA_PARENT: 'live',
    FERMATA_SESSION_DIR: dir,
    FERMATA_WORKER: 'W1',
  };
  expect(await doctor(inside)).toMatchObject({ code: 0, bad: [] });
  expect([files(), readFileSync(join(dir, 'events.jsonl'), 'utf8')]).toEqual(before);
  expect(readdirSync(join(home, 'sessions'))).toEqual(['live']);
});

const hook = (program: string) => (): void => writeFileSync(join(home, 'hooks', 'hook.cjs'), program);

test.each<[string, () => void, RegExp[]]>([
  [
    'no Node',
    () => writeFileSync(join(home, 'runtime'), '/nowhere/node\n'),
    [/no program at \/nowhere\/node/, /message to Claude did not arrive/],
  ],
  [
    'a hook program that refuses',
    hook('process.exitCode = 2; console.error("stop it")'),
    [/PreToolUse: the hook refused \(exit code 2\): stop it/],
  ],
  ['a hook program that crashes', hook('throw new Error("boom")'), [/Stop: the hook ended with 1/]],
  [
    'a hook program that chatters',
    hook('console.log("hello")'),
    [/Stop: Claude Code would not take the answer: it is not JSON/],
  ],
  [
    'a hook program that does nothing',
    hook(''),
    [/SessionStart: the hook ran, but no session was begun/, /PostToolUse: a message to Claude did not arrive/],
  ],
  [
    'a gate that may not be run',
    () => chmodSync(join(home, 'hooks', 'gate.sh'), 0o644),
    [/could not be started \(EACCES\)/],
  ],
  [
    'a gate that is gone',
    () => rmSync(join(home, 'hooks', 'gate.sh')),
    [/Missing: .*gate\.sh/, /could not be started \(ENOENT\)/],
  ],
  ['a deleted home', () => rmSync(home, { recursive: true }), [/There is no Fermata home/]],
  [
    'a comment in the settings',
    () => change((text) => `// mine\n${text}`),
    [/ignores .*settings\.json.*comment.*plain JSON only/, /does not ask Fermata/],
  ],
  ['a trailing comma', () => change((text) => text.replace(/\}\s*$/, ',}')), [/trailing comma/]],
  ['settings that cannot be parsed', () => change((text) => `${text}}`), [/ignores .*not valid JSON/]],
  [
    'an invalid hook beside ours',
    () => change((text) => text.replace('"Stop": [', '"Stop": [{"hooks": [{"type": "shell"}]},')),
    [/unknown type "shell"/],
  ],
  ['hooks switched off', () => change((text) => text.replace('{', '{"disableAllHooks": true,')), [/disableAllHooks/]],
  [
    'entries of an older version',
    () => change((text) => text.replaceAll('"timeout": 20', '"timeout": 21')),
    [/missing or of an older version/],
  ],
])('%s is an error with what to do', async (_, breakIt, expected) => {
  breakIt();
  const { code, bad } = await doctor();
  expect(code).toBe(1);
  for (const pattern of expected) expect(bad.join('\n')).toMatch(pattern);
  expect(existsSync(join(home, 'sessions')) ? readdirSync(join(home, 'sessions')) : []).toEqual([]);
});

test('a moved home is named, with FERMATA_HOME set or not', async () => {
  const moved = join(root, 'elsewhere');
  renameSync(home, moved);
  expect((await doctor({ FERMATA_HOME: moved })).bad.join('\n')).toMatch(
    /call .*\.fermata, which is not this Fermata home/,
  );
  expect((await fermata(['install'], { FERMATA_HOME: moved })).code).toBe(0);
  expect(await doctor({ FERMATA_HOME: moved })).toMatchObject({ code: 0, bad: [] });
});

test('a warning is no failure: permissions, an older Claude Code', async () => {
  chmodSync(home, 0o755);
  writeFileSync(join(root, 'bin', 'claude'), '#!/bin/sh\necho "2.1.100 (Claude Code)"\n');
  const { code, bad } = await doctor();
  expect(code).toBe(0);
  expect(bad).toEqual([
    expect.stringMatching(/^warn Others may look/),
    expect.stringMatching(/^warn Claude Code 2\.1\.100 is older/),
  ]);
});

test('what a cloned project calls ours is not run', async () => {
  const evil = join(root, 'evil', '.fermata', 'hooks', 'gate.sh');
  mkdirSync(join(evil, '..'), { recursive: true });
  writeFileSync(evil, `#!/bin/sh\ntouch '${root}/ran'\n`, { mode: 0o755 });
  mkdirSync(join(project, '.claude'));
  const entries = [
    { type: 'command', command: evil, args: ['Stop', '20'], timeout: 20 },
    { type: 'command', command: `${root}/touch`, args: [`${home}/hooks/gate.sh`], timeout: 20 },
    { type: 'command', command: `${home}/hooks/gate.sh`, timeout: 20 },
  ];
  writeFileSync(join(root, 'touch'), `#!/bin/sh\ntouch '${root}/ran'\n`, { mode: 0o755 });
  writeFileSync(join(project, '.claude', 'settings.json'), JSON.stringify({ hooks: { Stop: [{ hooks: entries }] } }));
  const { bad } = await doctor();
  expect(bad.join('\n')).toMatch(/name .*evil\/\.fermata/);
  expect(existsSync(join(root, 'ran'))).toBe(false);
});
