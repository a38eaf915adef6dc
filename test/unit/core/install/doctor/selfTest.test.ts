import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { Finding } from '#core/install/doctor/finding.ts';
import { runHook, type HookRun, type InstalledEntry } from '#core/install/doctor/runHook.ts';
import { samplePayload } from '#core/install/doctor/samplePayload.ts';
import { judge, selfTest } from '#core/install/doctor/selfTest.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

let root: string;
let home: string;

beforeEach(() => {
  root = realpathSync(tempDir());
  home = join(root, '.fermata');
  mkdirSync(join(home, 'sessions'), { recursive: true });
});

/** A hook that is this shell text; what it prints is its answer. */
function hook(name: string, body: string): string {
  const path = join(root, name);
  writeFileSync(path, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  return path;
}

const PATH = process.env['PATH'];

describe('an entry runs as Claude Code runs it', () => {
  const run = (body: string, more: Partial<InstalledEntry> = {}, timeoutMs = 20_000): Promise<HookRun> =>
    runHook({
      entry: { event: 'Stop', command: hook('h', body), args: ['Stop', 'a b'], ...more },
      cwd: root,
      env: { PATH, SHOWN: 'shown' },
      payload: '{"x": "ä"}',
      timeoutMs,
    });

  test('with its arguments, its folder, its variables and the payload', async () => {
    const { ms, ...outcome } = await run('printf "%s|" "$@" "$PWD" "$SHOWN"; cat; echo oops >&2; exit 3');
    const stdout = `Stop|a b|${root}|shown|{"x": "ä"}`;
    expect(outcome).toEqual({ code: 3, signal: null, stdout, stderr: 'oops\n', timedOut: false });
    expect(ms).toBeGreaterThanOrEqual(0);
  });

  test('by a shell where it has no arguments', async () => {
    const text = { command: 'echo "$((1 + 1))" "$SHOWN"', args: undefined } as unknown as Partial<InstalledEntry>;
    expect(await run('', text)).toMatchObject({ code: 0, stdout: '2 shown\n' });
    // in exec form the whole text is the name of a program
    expect(await run('', { command: 'echo x', args: [] })).toMatchObject({ code: null, startError: 'ENOENT' });
  });

  test('and ends with all that it has started when its time is over', async () => {
    const outcome = await run(`sleep 60 & echo $! >'${root}/pid'; wait`, {}, 300);
    expect(outcome).toMatchObject({ code: null, signal: 'SIGKILL', timedOut: true });
    const pid = Number(readFileSync(join(root, 'pid'), 'utf8'));
    // what is not waited for by its parent may stay for a moment, though it is dead
    await expect
      .poll(() => {
        try {
          return /^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8')) ? 'gone' : 'there';
        } catch {
          return 'gone';
        }
      })
      .toBe('gone');
  });

  test('also where it is killed, or reads nothing', async () => {
    expect(await run('kill -TERM $$')).toMatchObject({ code: null, signal: 'SIGTERM', timedOut: false });
    expect(await run('exec <&-; exit 0')).toMatchObject({ code: 0, timedOut: false });
  });
});

describe('the payload of a trial', () => {
  test('is what Claude Code writes at the event, of a session in the project', () => {
    expect(samplePayload('Stop', 's1', '/p')).toMatchObject({
      session_id: 's1',
      transcript_path: join('/p', 's1.jsonl'),
      cwd: '/p',
      prompt_id: 's1',
      permission_mode: 'default',
      hook_event_name: 'Stop',
      stop_hook_active: false,
    });
  });

  test('has no prompt where a session begins, the fields of a call before one of a skill, and only the common ones at an unknown event', () => {
    expect(samplePayload('SessionStart', 's1', '/p')).toMatchObject({
      hook_event_name: 'SessionStart',
      source: 'startup',
    });
    expect(samplePayload('SessionStart', 's1', '/p')).not.toHaveProperty('prompt_id');
    const { hook_event_name: name, ...call } = samplePayload('PreSkillShellCommand', 's1', '/p');
    expect(name).toBe('PreSkillShellCommand');
    expect({ ...call, hook_event_name: 'PreToolUse' }).toEqual(samplePayload('PreToolUse', 's1', '/p'));
    expect(Object.keys(samplePayload('Unknown', 's1', '/p'))).toHaveLength(6);
  });
});

describe('a trial of all entries', () => {
  /** Where a hook writes down what it was given. */
  const noted = (): string[] => readFileSync(join(root, 'noted'), 'utf8').trimEnd().split('\n');
  const entryOf = (event: string, body: string, more: Partial<InstalledEntry> = {}): InstalledEntry => ({
    event,
    command: hook(event, `echo ${event} "$CLAUDE_CODE_SESSION_ID" >>'${root}/noted'\n${body}`),
    args: [event],
    ...more,
  });
  /** What begins a session: its log. */
  const BEGIN =
    'mkdir -p "$FERMATA_HOME/sessions/$CLAUDE_CODE_SESSION_ID"; : >>"$FERMATA_HOME/sessions/$CLAUDE_CODE_SESSION_ID/events.jsonl"';
  const DELIVER = `grep -o 'fermata doctor: this message should arrive' "$FERMATA_HOME/sessions/$CLAUDE_CODE_SESSION_ID/events.jsonl" | sed 's/.*/{"hookSpecificOutput":{"hookEventName":"PostToolUse","additionalContext":"&"}}/'`;
  const trial = (entries: InstalledEntry[], env: NodeJS.ProcessEnv = { PATH }): Promise<Finding[]> =>
    selfTest({ home, entries, env, now: () => 1000 });
  const texts = async (...entries: InstalledEntry[]): Promise<string[]> =>
    // how long one takes is the machine's affair here
    (await trial(entries)).map(({ level, text }) => `${level} ${text}`.replace(/^\w+ (\S+ answers)\b.*/, '$1'));

  test('runs each once, in the order of a session, and leaves nothing behind', async () => {
    const entries = [
      entryOf('SessionEnd', ''),
      entryOf('Stop', ''),
      entryOf('SessionStart', BEGIN),
      entryOf('PostToolUse', DELIVER),
      entryOf('PreToolUse', ''),
    ];
    const found = await texts(...entries);
    expect(found).toEqual([
      'SessionStart answers',
      'Stop answers',
      'PostToolUse answers',
      'PreToolUse answers',
      'SessionEnd answers',
    ]);
    const lines = noted().map((line) => line.split(' '));
    expect(lines.map(([event]) => event)).toEqual(['SessionStart', 'Stop', 'PostToolUse', 'PreToolUse', 'SessionEnd']);
    const sessions = new Set(lines.map(([, session]) => session));
    expect([...sessions]).toEqual([expect.stringMatching(/^fermata-doctor-\S+$/)]);
    expect(readdirSync(join(home, 'sessions'))).toEqual([]);
  });

  test('is of a project of its own, and not of the session that runs the doctor', async () => {
    const body = `cat >/dev/null; printf '%s\\n' "$CLAUDE_PROJECT_DIR" "$PWD" "$FERMATA_HOME" "$CLAUDECODE" "[$FERMATA_WORKER$CLAUDE_ENV_FILE]" "$KEPT" >'${root}/env'`;
    await trial([entryOf('Stop', body)], {
      PATH,
      FERMATA_WORKER: 'W1',
      FERMATA_HOME: '/other',
      CLAUDE_ENV_FILE: '/env',
      CLAUDE_CODE_SESSION_ID: 'mine',
      KEPT: 'kept',
    });
    const [project = '', cwd, ...rest] = readFileSync(join(root, 'env'), 'utf8').trimEnd().split('\n');
    expect(rest).toEqual([home, '1', '[]', 'kept']);
    expect(cwd).toBe(project);
    expect(project).toContain('fermata-doctor-');
    expect(existsSync(project)).toBe(false);
    expect(noted()[0]).not.toContain('mine');
  });

  test('gives each hook what it reads at its event, as one line', async () => {
    await trial([entryOf('Stop', `cat >'${root}/payload'`)]);
    const payload = readFileSync(join(root, 'payload'), 'utf8');
    expect(payload).toMatch(/^[^\n]+\n$/);
    expect(JSON.parse(payload)).toMatchObject({ hook_event_name: 'Stop', stop_hook_active: false });
  });

  test('finds a message that does not arrive, and a session that is not begun', async () => {
    expect(await texts(entryOf('SessionStart', ''), entryOf('PostToolUse', ''))).toEqual([
      'error SessionStart: the hook ran, but no session was begun.',
      'error PostToolUse: a message to Claude did not arrive.',
    ]);
    // one that fails is named for that alone
    expect(await texts(entryOf('SessionStart', 'exit 1'))).toEqual(['error SessionStart: the hook ended with 1.']);
  });

  test('arms what the gate looks at, so that the hook program itself has to answer', async () => {
    const armed = 'ls "$FERMATA_HOME/sessions/$CLAUDE_CODE_SESSION_ID/armed/$1" >/dev/null 2>&1 || exit 9';
    expect(
      await texts(entryOf('PreToolUse', armed), entryOf('PreSkillShellCommand', armed.replace('$1', 'PreToolUse'))),
    ).toEqual(['PreToolUse answers', 'PreSkillShellCommand answers']);
  });

  test('runs several at once, and alone those that begin, end or are told something', async () => {
    const both = (event: string, other: string): InstalledEntry =>
      // each waits for the other to have begun, so that one after the other would never end
      entryOf(event, `: >'${root}/${event}.begun'; until [ -e '${root}/${other}.begun' ]; do sleep 0.05; done`);
    expect(await texts(both('Stop', 'PreToolUse'), both('PreToolUse', 'Stop'))).toHaveLength(2);
    const counted = (event: string, more = ''): InstalledEntry =>
      entryOf(event, `cat >/dev/null; echo 'end of' ${event} >>'${root}/noted'; ${more}`);
    writeFileSync(join(root, 'noted'), '');
    await texts(counted('PreToolUse'), counted('PostToolUse'), counted('SessionEnd'), counted('SessionStart', BEGIN));
    const order = noted().map((line) => line.replace(/ fermata-doctor-.*/, ''));
    for (const event of ['SessionStart', 'PostToolUse', 'SessionEnd'])
      expect(order[order.indexOf(event) + 1]).toBe(`end of ${event}`);
  });

  test('lets a waiter stand by, and a hook have the time that its entry gives it', async () => {
    const [waiter] = await texts(entryOf('Stop', 'exec sleep 60', { asyncRewake: true, timeout: 86_400 }));
    expect(waiter).toBe('ok Stop: the waiter stands by.');
    const [hung] = await texts(entryOf('Stop', 'exec sleep 60', { timeout: 1 }));
    expect(hung).toMatch(/^error Stop: no answer within \d seconds\.$/);
  });
});

describe('what a run shows', () => {
  const run: HookRun = { code: 0, signal: null, stdout: '', stderr: '', ms: 30, timedOut: false };
  const entry = { event: 'Stop', command: '/h/hooks/gate.sh', args: ['Stop', '20'] };
  const waiter = { ...entry, asyncRewake: true };

  test.each<[string, InstalledEntry, Partial<HookRun>, string, string | undefined]>([
    ['two seconds are no news', entry, { ms: 2000 }, 'ok Stop answers (2000 ms).', undefined],
    [
      'more are',
      entry,
      { ms: 2001 },
      'warn Stop answers, but only after 2001 ms.',
      'Look whether the machine or its disk is busy.',
    ],
    ['a waiter may take its time', waiter, { ms: 9000 }, 'ok Stop answers (9000 ms).', undefined],
    ['a failure without a word has none', entry, { code: 1 }, 'error Stop: the hook ended with 1.', undefined],
    ['nor has a refusal', entry, { code: 2, stderr: ' \n' }, 'error Stop: the hook refused (exit code 2).', undefined],
    ['an end of no kind is named', entry, { code: null }, 'error Stop: the hook ended with nothing.', undefined],
    ['a waiter that refuses is broken', waiter, { code: 2 }, 'error Stop: the hook refused (exit code 2).', undefined],
    [
      'an answer that Claude Code does not take is lost',
      entry,
      { stdout: '[]' },
      'error Stop: Claude Code would not take the answer: it is not a JSON object.',
      undefined,
    ],
  ])('%s', (_, of, changes, expected, todo) => {
    const finding = judge(of, { ...run, ...changes });
    expect(`${finding.level} ${finding.text}`).toBe(expected);
    expect(finding.id).toBe('selfTest');
    if (todo !== undefined) expect(finding.todo).toBe(todo);
    if (finding.level === 'error') expect(finding.todo).toContain('Install the hooks again');
  });

  test('a message that arrives is enough, and an answer before a call of a skill is judged as before a call', () => {
    const answer = (event: string): string =>
      JSON.stringify({ hookSpecificOutput: { hookEventName: event, additionalContext: 'hello' } });
    expect(judge({ ...entry, event: 'PostToolUse' }, { ...run, stdout: answer('PostToolUse') }, 'hello').level).toBe(
      'ok',
    );
    const skill = { ...entry, event: 'PreSkillShellCommand' };
    expect(judge(skill, { ...run, stdout: answer('PreToolUse') }).level).toBe('ok');
    expect(judge(skill, { ...run, stdout: answer('Stop') }).level).toBe('error');
  });
});
