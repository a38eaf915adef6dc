import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { stampLines } from '#core/machines/stampLines.ts';
import { sessionPaths } from '#core/base/paths.ts';
import { claimedNotes, claimEvents } from '#core/session/claims.ts';
import { publish } from '#core/session/publish.ts';
import { readSeat, writeSeat } from '#core/session/seat.ts';
import { openLog } from '#core/session/sessionLog.ts';
import type { NewEvent } from '#core/log/append.ts';
import { Stage, type CommandResult } from '#test/lib/fermata.ts';
import { fermata } from '#test/lib/inProcess.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

let stage: Stage;
let seat: NodeJS.Timeout | undefined;
const VIA = 'gpu1/g_a';
const paths = () => sessionPaths(stage.dir);
const cli = (...args: string[]): Promise<CommandResult> => fermata(stage, 'W1', ...args);
const outbox = (): Record<string, unknown>[] =>
  readFileSync(paths().log, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
const json = ({ out }: CommandResult): Record<string, unknown> => JSON.parse(out) as Record<string, unknown>;

/** Appends lines to the copy, as they come from the seat. */
const fromSeat = (...events: NewEvent[]): void =>
  appendFileSync(paths().copy, events.map((event) => `\n${JSON.stringify({ ts: Date.now(), ...event })}\n`).join(''));

/** Does once what the seat does: takes what is new in the outbox. */
function takeOutbox(): void {
  const { state } = openLog(stage.dir);
  const data = readFileSync(paths().log);
  const have = state.machines.get(VIA) ?? 0;
  fromSeat(
    ...stampLines(state, { machine: 'gpu1', role: 'worker' }, { via: VIA, pos: 0, data }, have, Date.now()).events,
  );
}
const startSeat = (): void => void (seat = setInterval(takeOutbox, 20));
const stopSeat = (): void => clearInterval(seat);

beforeEach(() => {
  stage = new Stage();
  renameSync(paths().log, paths().copy);
  writeFileSync(paths().log, '');
  writeSeat(stage.dir, { space: 't', seat: 'laptop', machine: 'gpu1', gen: 'g_a', of: 'g', base: 0 });
});
afterEach(stopSeat);

test('on a copy a vote, a block and a lock count once the seat has them', async () => {
  startSeat();
  expect(await cli('vote', 'proceed', '--ballot', 'ship')).toMatchObject({ code: 0 });
  expect(json(await cli('block', 'wait', '--json'))).toMatchObject({ block: 'B1', standing: true });
  expect(json(await cli('acquire', 'db', '--ttl', '30s', '--json'))).toMatchObject({ resource: 'db' });
  fromSeat({ t: 'acquire', worker: 'W2', resource: 'gpu' });
  expect(await cli('acquire', 'gpu')).toMatchObject({
    code: 1,
    err: expect.stringContaining('in use by W2') as string,
  });
  const waiting = cli('acquire', 'gpu', '--wait', '20s', '--json');
  setTimeout(() => fromSeat({ t: 'release', worker: 'W2', resource: 'gpu' }), 200);
  expect(json(await waiting)).toMatchObject({ resource: 'gpu' });
  // what is said is in the outbox, and nowhere else by itself
  expect(outbox().map(({ t }) => t)).toEqual(['vote', 'hook', 'acquire', 'acquire', 'acquire']);
  expect(openLog(stage.dir).state.workers.get('W1')?.machine).toBe('gpu1');
});

test('where the seat does not answer, facts are published all the same, and a request for a lock is withdrawn', async () => {
  const [voted, blocked, acquired, waited] = await Promise.all([
    cli('vote', 'proceed', '--ballot', 'ship'),
    cli('block', 'wait'),
    cli('acquire', 'db', '--id', 'one'),
    cli('acquire', 'gpu', '--id', 'two', '--wait', '300ms'),
  ]);
  const later = 'published; it counts once laptop has it\n';
  expect(voted).toMatchObject({ code: 0, out: later });
  expect(blocked).toMatchObject({ code: 0, out: later });
  expect(acquired.code).toBe(4);
  expect(acquired.err).toContain('laptop did not answer in time: db is not yours, and the request is withdrawn');
  expect(waited.code).toBe(4);
  for (const id of ['one', 'two'])
    expect(
      outbox()
        .filter((event) => event['id'] === id)
        .map(({ t }) => t),
    ).toEqual(['acquire', 'release']);
  takeOutbox();
  const { state } = openLog(stage.dir);
  expect([...state.locks.values()].flatMap(({ holders, queue }) => [...holders, ...queue])).toEqual([]);
  expect(state.ballots.get('ship')?.votes.has('W1')).toBe(true);
});

test('a message that cannot be claimed at the seat in time is not printed, and is printed later, once', async () => {
  fromSeat({ t: 'tell', by: 'conductor', to: 'W1', text: 'news' });
  expect(json(await cli('inbox', '--json'))).toMatchObject({ messages: [] });
  expect(outbox().map(({ t, not }) => [t, not])).toEqual([
    ['claim', undefined],
    ['delivered', true],
  ]);
  startSeat();
  await expect.poll(async () => (await cli('inbox', '--json')).out, { timeout: 30_000 }).toContain('news');
  expect(json(await cli('inbox', '--json'))).toMatchObject({ messages: [] });
});

test('a hook gives its claim back where the seat does not answer, and prints what it has claimed where it does', () => {
  fromSeat({ t: 'tell', by: 'W2', to: 'W1', text: 'news' });
  const log = openLog(stage.dir);
  const notes = [...log.state.notes.values()];
  const hook = (id: string) => ({
    log,
    id,
    tryPublish: (...events: NewEvent[]) => publish(stage.dir, Date.now(), ...events),
  });
  publish(stage.dir, Date.now(), ...claimEvents(notes, 'h1'));
  expect(claimedNotes(hook('h1'), notes)).toEqual([]);
  publish(stage.dir, Date.now(), ...claimEvents(notes, 'h2'));
  takeOutbox();
  expect(claimedNotes(hook('h2'), notes)).toEqual(notes);
  expect(claimedNotes(hook('h1'), notes)).toEqual([]);
});

test('a command on a lease is ended where the seat does not confirm the lease any more, before the seat ends it', async () => {
  startSeat();
  const running = cli('with-lock', 'db', '--ttl', '3s', '--', 'sleep', '60');
  await expect.poll(() => openLog(stage.dir).state.locks.get('db')?.holders.length, { timeout: 30_000 }).toBe(1);
  // renewals keep it for longer than the lease
  await expect.poll(() => outbox().filter(({ t }) => t === 'acquire').length, { timeout: 60_000 }).toBeGreaterThan(4);
  expect(openLog(stage.dir).state.locks.get('db')?.holders.length).toBe(1);
  stopSeat();
  const { code, err } = await running;
  expect(code).toBe(5);
  expect(err).toContain('no renewal has arrived at the machine of the session in time');
});

test('nothing is ended or started by time from a copy', async () => {
  fromSeat(
    { t: 'acquire', worker: 'W2', resource: 'db', ttlMs: 1, ts: Date.now() - 120_000 },
    { t: 'plan', run: 'R1', sha256: 'x', workers: [{ worker: 'W5' }] },
  );
  expect(await cli('wait', 'free:db', '--timeout', '400ms')).toMatchObject({ code: 4 });
  expect(outbox()).toEqual([]);
});

test('the log prints a line of another machine once, however often it came', async () => {
  const line = (message: string, via?: string, off?: number): NewEvent => ({
    t: 'log',
    level: 'info',
    message,
    via,
    off,
  });
  fromSeat(
    line('one', 'gpu1/a', 10),
    line('two', 'gpu2/a', 10),
    line('one', 'gpu1/a', 10),
    line('three', 'gpu1/a', 20),
    line('one', 'gpu1/a', 10),
    line('of the seat'),
    line('of the seat'),
  );
  const printed = (await cli('log')).out.match(/one|two|three|of the seat/g);
  expect(printed).toEqual(['one', 'two', 'three', 'of the seat', 'of the seat']);
  const values = (await cli('log', '--json')).out.split('\n').filter((text) => text.includes('"message"'));
  expect(values).toHaveLength(5);
});

test('a watcher gets each call of another machine once, also one that came before it began', async () => {
  const call = (off: number, summary: string): NewEvent => ({
    t: 'tool',
    tool: 'Bash',
    summary,
    agent: 'W9',
    via: 'gpu1/a',
    off,
  });
  fromSeat(call(10, 'before'));
  const watching = cli('watch', '--tool', 'Bash', '--follow', '--timeout', '2s');
  await expect.poll(() => outbox().some(({ t }) => t === 'watch'), { timeout: 30_000 }).toBe(true);
  fromSeat(call(10, 'before'), call(20, 'new'), call(20, 'new'));
  const { out } = await watching;
  expect(out.match(/before|new/g)).toEqual(['new']);
});

test.each([
  [2, 'gpu1'],
  [0, 'laptop'],
])('where the seat decides by version %i nothing is concluded here, and all is published', async (decides, older) => {
  const known = readSeat(stage.dir);
  if (known !== undefined) writeSeat(stage.dir, { ...known, decides });
  startSeat();
  expect(await cli('block', 'wait')).toMatchObject({ code: 0 });
  expect(await cli('checkpoint', 'ready')).toMatchObject({ code: 0 });
  const calls = [
    ['acquire', 'db'],
    ['with-lock', 'db', '--', 'true'],
    ['wait', 'done:W9'],
    ['tally'],
    ['checkpoint', 'ready', '--wait', 'all'],
  ];
  for (const call of calls)
    expect(await cli(...call)).toMatchObject({
      code: 1,
      err: expect.stringContaining(`update Fermata on ${older}`) as string,
    });
  expect(outbox().filter(({ t }) => t === 'acquire')).toEqual([]);
});
