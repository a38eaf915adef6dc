import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { joinFolder } from '#core/session/folder.ts';
import type { ProcessEntry } from '#core/base/ancestry.ts';
import { hostIdentity } from '#core/base/machine.ts';
import { startTimeOf } from '#core/base/processes.ts';
import type { NewEvent } from '#core/log/append.ts';
import { Failure } from '#cli/exit.ts';
import type { Origin } from '#cli/origin.ts';
import { assertMayPublish } from '#cli/permission.ts';
import { sessionDir, sessionPaths, workerPaths } from '#core/base/paths.ts';
import { eventRows } from '#protocol/event.ts';
import { Stage, type CommandResult } from '#test/lib/fermata.ts';
import { fermataBelow } from '#test/lib/inProcess.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

// Who may do what: a row for each call, a column for each caller.

afterAll(removeTempDirs);

/** Processes that run and play a part: this one the session's Claude, its parent a worker. */
const [CLAUDE, WORKER] = [process.pid, process.ppid];
const recorded = (pid: number) => ({ pid, startTime: startTimeOf(pid) ?? '', host: hostIdentity() });

let stage: Stage;
beforeEach(() => arrange());

function arrange(): void {
  stage = new Stage();
  const info = { session: stage.session, project: stage.project, started: Date.now() };
  writeFileSync(sessionPaths(stage.dir).info, JSON.stringify({ ...info, ...recorded(CLAUDE) }));
  mkdirSync(join(stage.project, '.fermata'));
  const rules = [{ name: 'a', prompt: 'go', workers: [{ run: ['true'] }] }];
  writeFileSync(join(stage.project, '.fermata', 'rules.json'), JSON.stringify({ version: 1, rules }));
  stage.publish(
    // started by a rule: nobody's child
    { t: 'plan', run: 'R1', sha256: 'x', workers: [{ worker: 'W1' }, { worker: 'W2' }] },
    // started by Claude
    { t: 'plan', run: 'R2', sha256: 'x', workers: [{ worker: 'W3', parent: 'conductor' }] },
    { t: 'spawn', worker: 'W1', ...recorded(WORKER) },
    { t: 'plan', run: 'R3', sha256: 'x', workers: [{ worker: 'W4' }], ask: true },
    { t: 'spawn', worker: 'a1', kind: 'subagent', parent: 'conductor' },
    { t: 'spawn', worker: 'docs', kind: 'session', session: 's2', parent: 'conductor' },
    { t: 'hook', worker: 'gate', event: 'PreToolUse', exit: 2, stderr: 'hold', key: 'k' },
    { t: 'hook', worker: 'user', event: 'PreToolUse', exit: 2, stderr: 'hold' },
    { t: 'hook', worker: 'conductor', event: 'PreToolUse', exit: 2, stderr: 'hold' },
    { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, stderr: 'hold' },
    { t: 'hook', worker: 'gate', event: 'Stop', exit: 2, stderr: 'hold' },
    { t: 'hook', worker: 'W1', event: 'Stop', exit: 2, stderr: 'hold' },
    { t: 'acquire', worker: 'gate', resource: 'db' },
    { t: 'tell', to: 'gate', text: 'hello', by: 'user' },
    { t: 'ballot', ballot: 'ship', voters: ['conductor', 'W1', 'gate', 'later'], by: 'user' },
    { t: 'hook', worker: 'user', event: 'Stop', exit: 2, stderr: 'hold', until: ['ok:tests', 'done:lint'] },
    { t: 'hook', worker: 'conductor', event: 'Stop', exit: 2, stderr: 'hold', until: 'done:mine' },
    {
      t: 'hook',
      worker: 'gate',
      event: 'Stop',
      exit: 2,
      stderr: 'hold',
      until: ['checkpoint:merge', 'decided:deploy'],
    },
    {
      t: 'hook',
      worker: 'conductor',
      event: 'Stop',
      exit: 2,
      stderr: 'hold',
      until: ['checkpoint:hers', 'decided:hers'],
    },
    { t: 'held', id: 'h1', block: 'B1', tool: 'Bash', call: 'toolu_1' },
    { t: 'plan', run: 'R4', sha256: 'x', workers: [{ worker: 'W5', after: ['ok:build'] }] },
    { t: 'ballot', ballot: 'own', voters: ['helper'], by: 'conductor' },
  );
}

const KINDS = ['person', 'claude', 'worker', 'hers'] as const;
/** `hers`: a worker that Claude has started. */
type CallerKind = (typeof KINDS)[number];
interface Place {
  below: number[];
  env?: Record<string, string>;
}
const IN_CLAUDE = { CLAUDECODE: '1', CLAUDE_CODE_SESSION_ID: 'test-session' };
const [RUNNER_OF_W1, RUNNER_OF_W3] = [4_000_001, 4_000_003];

/** Every way in which each kind of caller shows; the first stands for the others in the rows below. */
const CALLERS: Record<CallerKind, Record<string, Place>> = {
  person: { 'in a plain terminal': { below: [] } },
  claude: {
    'below Claude, with nothing of its environment': { below: [CLAUDE] },
    'below Claude, with its environment': { below: [CLAUDE], env: IN_CLAUDE },
    'detached from Claude, with its environment': { below: [], env: IN_CLAUDE },
    'with its session alone': { below: [], env: { CLAUDE_CODE_SESSION_ID: 'test-session' } },
    'where only that much is known': { below: [], env: { CLAUDECODE: '1' } },
  },
  worker: {
    'below its runner, with nothing of its environment': { below: [RUNNER_OF_W1] },
    'below its runner, with its environment': { below: [RUNNER_OF_W1], env: { FERMATA_WORKER: 'W1' } },
    'below its process, with nothing of its environment': { below: [WORKER] },
    'detached from it, with its environment': { below: [], env: { FERMATA_WORKER: 'W1' } },
  },
  hers: {
    'below its runner, with nothing of its environment': { below: [RUNNER_OF_W3] },
    'below its runner, with its environment': { below: [RUNNER_OF_W3], env: { FERMATA_WORKER: 'W3' } },
    'detached from it, with its environment': { below: [], env: { FERMATA_WORKER: 'W3' } },
  },
};
const typical = (kind: CallerKind): Place => Object.values(CALLERS[kind])[0] ?? { below: [] };

/** A running process, or a runner that holds its claim. */
function entry(pid: number): ProcessEntry {
  const worker = { [RUNNER_OF_W1]: 'W1', [RUNNER_OF_W3]: 'W3' }[pid];
  if (worker === undefined) return { pid, startTime: startTimeOf(pid), command: '' };
  const { claim } = workerPaths(stage.dir, worker);
  mkdirSync(claim, { recursive: true });
  writeFileSync(join(claim, 'runner.json'), JSON.stringify({ pid, host: hostIdentity() }));
  return { pid, startTime: '1', command: `/usr/bin/node /home/x y/hooks/runner.cjs ${stage.dir} ${worker}` };
}

const callAs = ({ below, env = {} }: Place, call: string[]): Promise<CommandResult> =>
  fermataBelow(stage, below.map(entry), env, ...call);

test.each(KINDS.flatMap((kind) => Object.entries(CALLERS[kind]).map(([how, place]) => [kind, how, place] as const)))(
  '%s is known %s',
  async (kind, how, place) => {
    expect((await callAs(place, ['tell', 'W9', 'hello'])).code).toBe(0);
    const by = { person: 'user', claude: 'conductor', worker: 'W1', hers: 'W3' }[kind];
    expect(stage.events('tell').at(-1)).toMatchObject({ by });
    // a verb without a session finds a worker by its runner
    const ofNoSession = how.startsWith('below its process') ? [] : [['allow', '--revoke']];
    for (const verb of [['release-block', 'B1'], ...ofNoSession])
      expect((await callAs(place, verb)).code, verb[0]).toBe(kind === 'person' ? 0 : 1);
  },
);

const emit = (event: NewEvent): string[] => ['emit', JSON.stringify(event)];
const [P, C, W, H] = KINDS;
const all = [P, C, W, H];

/** A call, and who may make it; whoever may not is refused, and nothing is published. */
const ROWS: [call: string[], allowed: CallerKind[]][] = [
  // a person's verbs
  [['release-block', 'B1'], [P]],
  [['release-block', 'all'], [P]],
  [['deny-call', 'B1'], [P]],
  [['start', 'R3', '--refuse'], [P]],
  [['allow'], [P]],
  [['allow', '--revoke'], [P]],
  [['allow', '--try', 'go'], all],
  [['prune', '--older-than', '99d'], all],
  [['prune', '--older-than', '99d', '--yes'], [P]],
  [['install', '--scope', 'nowhere'], []],
  [['uninstall', '--scope', 'local'], [P]],
  // the end of what others have published
  [['unblock', 'B1'], []],
  [['unblock', 'B1', '--worker', 'gate'], [P]],
  [['unblock', 'B2', '--worker', 'user'], [P]],
  [['unblock', 'B3'], [C]],
  [['unblock', 'B4'], [W]],
  [
    ['abort', 'gate'],
    [P, W],
  ],
  [
    ['abort', 'W2'],
    [P, W],
  ],
  [
    ['abort', 'session'],
    [P, W],
  ],
  [
    ['resolve', 'B5', 'did it'],
    [P, C],
  ],
  [
    ['resolve', 'B6', 'did it'],
    [P, C, W],
  ],
  [['release', 'db'], []],
  [['release', 'db', '--worker', 'gate'], [P]],
  // another's voice
  [['done', '--worker', 'gate'], [P]],
  [['fail', 'no', '--worker', 'gate'], [P]],
  [['block', 'no', '--worker', 'gate'], [P]],
  [['hook', '--event', 'PreToolUse', '--worker', 'gate'], [P]],
  [['inbox', '--worker', 'gate'], [P]],
  [['tell', 'conductor', 'do it', '--worker', 'user'], [P]],
  [['inform', 'it is done', '--worker', 'gate'], [P]],
  [['progress', '50', '--worker', 'gate'], [P]],
  [['checkpoint', 'ready', '--worker', 'gate'], [P]],
  [['acquire', 'x', '--worker', 'gate'], [P]],
  [['handoff', 'W2', '--worker', 'gate'], [P]],
  [['watch', '--worker', 'gate'], [P]],
  [['spawn', '--worker', 'gate', '--', 'true'], [P]],
  [
    ['inform', 'hello', '--worker', 'conductor'],
    [P, C],
  ],
  [['inform', 'hello', '--worker', 'docs'], [P]],
  [
    ['inform', 'hello', '--worker', 'a1'],
    [P, C],
  ],
  [
    ['inform', 'hello', '--worker', 'W3'],
    [P, C, H],
  ],
  [
    ['inform', 'hello', '--worker', 'W1'],
    [P, W],
  ],
  [['inform', 'hello', '--worker', 'fresh'], all],
  [['block', 'The tests fail', '--worker', 'fresh'], all],
  // the end of a worker that others wait for, before it has come
  [['done', '--worker', 'tests'], [P]],
  [['done', '--worker', 'lint'], [P]],
  [['done', '--worker', 'build'], [P]],
  [
    ['done', '--worker', 'mine'],
    [P, C],
  ],
  [['done', '--worker', 'fresh'], all],
  // what would end a block of others if Claude were alone at it
  [
    ['checkpoint', 'merge'],
    [P, W],
  ],
  [
    ['checkpoint', 'hers'],
    [P, C, W],
  ],
  [['checkpoint', 'other'], all],
  [
    ['ballot', 'deploy', '--quorum', '1'],
    [P, W],
  ],
  [
    ['ballot', 'hers', '--quorum', '1'],
    [P, C, W],
  ],
  [['ballot', 'other', '--quorum', '1'], all],
  // votes
  [
    ['vote', 'proceed', '--ballot', 'ship'],
    [C, W],
  ],
  [['vote', 'proceed', '--ballot', 'ship', '--worker', 'gate'], [P]],
  [['vote', 'proceed', '--ballot', 'ship', '--worker', 'later'], [P]],
  [['vote', 'proceed', '--ballot', 'ship', '--worker', 'fresh'], []],
  [
    ['vote', 'proceed', '--ballot', 'own', '--worker', 'helper'],
    [P, C],
  ],
];

test.each(ROWS)('%j', async (call, allowed) => {
  for (const kind of KINDS.filter((k) => !allowed.includes(k))) {
    const before = stage.events().length;
    const { code, err } = await callAs(typical(kind), call);
    expect({ kind, code: code === 0 ? 0 : 'refused', err }).toEqual({
      kind,
      code: 'refused',
      err: expect.stringMatching(/^fermata \S+: \S/) as string,
    });
    // a vote that does not count is recorded all the same
    if (call[0] !== 'vote') expect(stage.events(), kind).toHaveLength(before);
  }
  // what one of them ends is gone for the next
  for (const kind of allowed) {
    arrange();
    expect(await callAs(typical(kind), call), kind).toMatchObject({ code: 0 });
  }
});

/** Calls that only a person makes, whatever would become of them. */
const VOICE: string[][] = [
  ['allow'],
  ['allow', '--revoke'],
  ['prune', '--yes'],
  ['pause'],
  ['resume'],
  ['install'],
  ['install', '--in-claude'],
  ['uninstall'],
  ['share'],
  ['unshare'],
  ['follow', 's9@elsewhere'],
  ['unfollow', 's9@elsewhere'],
  ['join', 's9@elsewhere'],
  ['room', 'team'],
  ['room', 'team', '--end'],
  ['bridge'],
  ['machines', 'serve'],
  ['machines', 'install', 'elsewhere'],
];

test.each(VOICE)('fermata %s is refused to everybody else', async (...call) => {
  for (const kind of KINDS.filter((k) => k !== P)) {
    const before = stage.events().length;
    const { code, err } = await callAs(typical(kind), call);
    expect({ code, err }, kind).toEqual({ code: 1, err: expect.stringContaining('only a person may') as string });
    expect(stage.events(), kind).toHaveLength(before);
  }
});

/** An event, and who may publish it by `fermata emit`. */
const EVENTS: [event: NewEvent, allowed: CallerKind[]][] = [
  // events: of the person, of Fermata, in another's name, the end of another's
  [{ t: 'unblock', block: 'all', by: 'user' }, [P]],
  [{ t: 'unblock', block: 'B1', by: 'gate' }, [P]],
  [{ t: 'unblock', block: 'B3', by: 'conductor' }, [P, C]],
  [{ t: 'decide', ballot: 'ship', decision: 'proceed', by: 'conductor' }, [P]],
  [{ t: 'dismiss', ref: 0, by: 'conductor' }, [P]],
  [{ t: 'consent', run: 'R3', decision: 'start', by: 'user' }, [P]],
  [{ t: 'answer', ask: 'x', decision: 'allow', by: 'user' }, [P]],
  [{ t: 'plan', run: 'R9', sha256: 'x', workers: [] }, [P]],
  [{ t: 'delivered', ref: 0, hook: 'x' }, [P]],
  [{ t: 'denied', block: 'B5', tool: 'Stop' }, [P]],
  [{ t: 'turn', state: 'working' }, [P]],
  [{ t: 'expire', what: 'block', ref: 'B1', seen: 0 }, [P]],
  [{ t: 'end' }, [P]],
  [{ t: 'exit', worker: 'gate', code: 0 }, [P]],
  [{ t: 'exit', worker: 'W2', lost: true }, [P]],
  [{ t: 'done', worker: 'gate' }, [P]],
  [{ t: 'done', task: 'part of gate' }, [P]],
  [{ t: 'spawn', worker: 'gate', pid: 1 }, [P]],
  [{ t: 'spawn', worker: 'fresh', parent: 'gate' }, [P]],
  [{ t: 'spawn', worker: 'fresh' }, all],
  [{ t: 'hook', worker: 'gate', event: 'PreToolUse', exit: 0, key: 'k' }, [P]],
  [{ t: 'release', worker: 'gate', resource: 'db' }, [P]],
  [{ t: 'release', worker: 'gate', resource: 'db', by: 'conductor' }, [P]],
  [{ t: 'vote', worker: 'gate', decision: 'proceed', ballot: 'ship' }, [P]],
  [{ t: 'abort', worker: 'gate', by: 'user' }, [P]],
  [{ t: 'abort', by: 'user' }, [P]],
  [{ t: 'tell', to: 'conductor', text: 'go on', by: 'user' }, [P]],
  [{ t: 'resolve', block: 'B5', by: 'user', word: 'done' }, [P]],
  [{ t: 'resolve', block: 'B5', word: 'done' }, [P, C]],
  [{ t: 'vote', worker: 'fresh', decision: 'proceed' }, all],
  [{ t: 'ballot', ballot: 'new' }, all],
  [{ t: 'ballot', ballot: 'new', by: 'user' }, [P]],
  [{ t: 'log', level: 'info', message: 'hello', worker: 'gate' }, all],
  [{ t: 'something', by: 'new' } as unknown as NewEvent, all],
];

test.each(EVENTS)('emit %j', (event, allowed) => {
  const ORIGINS: Record<CallerKind, Origin> = {
    person: { kind: 'person', name: 'user', throughClaude: false },
    claude: { kind: 'claude', name: 'conductor', throughClaude: true },
    worker: { kind: 'worker', name: 'W1', throughClaude: false },
    hers: { kind: 'worker', name: 'W3', throughClaude: false },
  };
  const may = KINDS.filter((kind) => {
    try {
      assertMayPublish(stage.state(), ORIGINS[kind], event);
      return true;
    } catch (error) {
      expect(error).toBeInstanceOf(Failure);
      return false;
    }
  });
  expect(may).toEqual(allowed);
});

test('emit goes by these rules, line by line', async () => {
  const forged = emit({ t: 'unblock', block: 'all', by: 'user' });
  expect(await callAs(typical(C), forged)).toMatchObject({
    code: 1,
    err: expect.stringContaining('as the person') as string,
  });
  expect(await callAs(typical(W), forged)).toMatchObject({ code: 1 });
  expect(await callAs(typical(P), forged)).toMatchObject({ code: 0 });
});

test('inside Claude a name in the environment is a claim, not a proof', async () => {
  const posing = (worker: string): Place => ({ below: [], env: { ...IN_CLAUDE, FERMATA_WORKER: worker } });
  for (const call of [['unblock', 'B1'], ['done'], ['vote', 'proceed', '--ballot', 'ship'], ['inbox']])
    expect((await callAs(posing('gate'), call)).code, call[0]).toBe(1);
  if (process.platform === 'linux')
    for (const call of [
      ['inform', 'hello'],
      ['progress', '50'],
    ])
      expect((await callAs(posing('gate'), call)).code, call[0]).toBe(1);
  for (const worker of ['user', 'gate', 'W1', 'fresh'])
    expect((await callAs(posing(worker), ['release-block', 'all'])).code, worker).toBe(1);
  expect((await callAs(posing('fresh'), ['inform', 'hello'])).code).toBe(0);
});

test('a worker that is a Claude Code session is that worker, also by its environment alone', async () => {
  joinFolder(sessionDir(stage.home, 'w2-session'), stage.dir);
  const env = { CLAUDECODE: '1', CLAUDE_CODE_SESSION_ID: 'w2-session', FERMATA_WORKER: 'W2' };
  expect((await callAs({ below: [], env }, ['progress', '50'])).code).toBe(0);
  expect(stage.events('progress')).toMatchObject([{ worker: 'W2' }]);
  for (const call of [
    ['done', '--worker', 'W1'],
    ['resolve', 'B5', 'did it'],
    ['abort', 'W1'],
    ['release-block', 'B1'],
    ['deny-call', 'B1'],
  ])
    expect((await callAs({ below: [], env }, call)).code, call[0]).toBe(1);
});

test('a refusal says what happened, why, and what to do', async () => {
  const { err } = await callAs({ below: [CLAUDE] }, ['release-block', 'all']);
  expect(err).toBe(
    "fermata release-block: only a person may release a block, and this call comes from Claude: ask the person to do it in Fermata's panel, or in a terminal of their own\n",
  );
  const other = await callAs({ below: [CLAUDE] }, ['done', '--worker', 'gate']);
  expect(other.err).toBe(
    'fermata done: Claude cannot speak as "gate", which it did not start; it is "conductor": leave out --worker and FERMATA_WORKER, or give a name of its own\n',
  );
});

test('a name that Claude or a worker brings in is its own from then on, and nobody else’s', async () => {
  expect((await callAs({ below: [CLAUDE] }, ['block', 'no', '--worker', 'mine'])).code).toBe(0);
  expect(stage.state().workers.get('mine')).toMatchObject({ parent: 'conductor' });
  expect((await callAs(typical(W), ['unblock', '--worker', 'mine'])).code).toBe(1);
  expect((await callAs({ below: [CLAUDE] }, ['unblock', '--worker', 'mine'])).code).toBe(0);
  expect(stage.events('spawn').filter(({ worker }) => worker === 'mine')).toHaveLength(1);
});

test('a time of its own choice is not taken from Claude or a worker', async () => {
  const far = Date.UTC(2150, 0, 1);
  await callAs({ below: [CLAUDE] }, emit({ t: 'log', level: 'info', message: 'x', ts: far }));
  expect(stage.events('log')).toMatchObject([{ ts: expect.closeTo(Date.now(), -5) as number }]);
});

test('what ends something of others, or decides for the person, is reserved', () => {
  const reserved = Object.entries(eventRows).filter(([, row]) => 'reservedFor' in row);
  expect(reserved.map(([t]) => t).toSorted()).toEqual(
    'answer ask claim collision consent decide delivered denied deny dismiss end expire held launch mergeable open passed plan prompt ran session taken tool tree turn uncommitted'.split(
      ' ',
    ),
  );
});
