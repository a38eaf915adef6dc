import { existsSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { createLog } from '#core/log/append.ts';
import { sessionPaths } from '#core/base/paths.ts';
import { consumeAnswer, consumeFlags, publishCommand, raiseAnswer } from '#core/session/flags.ts';
import { makeFollowed } from '#core/machines/follow.ts';
import { openLog } from '#core/session/sessionLog.ts';
import { readSeat, unshareSession, viaOfOutbox, writeSeat } from '#core/session/seat.ts';
import { settle } from '#core/session/settle.ts';
import type { NewEvent } from '#core/log/append.ts';
import { tempDir } from '#test/lib/tempDir.ts';
import { NO_FAULTS, SEAT, Simulation } from './simulation.ts';

let sim: Simulation;
afterEach(() => sim.stop());

const note = (message: string): NewEvent => ({ t: 'log', level: 'info', message });

/** Machines whose bridges run and have heard of the seat. */
async function started(...machines: string[]): Promise<Simulation> {
  sim = new Simulation(tempDir('machines'), [SEAT, ...machines], { ...NO_FAULTS });
  for (const each of [SEAT, ...machines]) sim.start(each);
  const ready = await sim.until(() => machines.every((each) => sim.copy(each).equals(sim.log())));
  expect(ready).toBe(true);
  return sim;
}

const write = (machine: string, ...events: NewEvent[]): void => {
  sim.write(machine, ...events);
  sim.look(machine);
};
const messages = (): string[] => sim.folded().messages.filter((text) => !text.startsWith('The '));
const isEqual = (machine = 'gpu1'): boolean => sim.copy(machine).equals(sim.log());
const hasAll = (expected: string[]) => () => isEqual() && messages().join() === expected.join();
const sequence = (count: number, prefix = 'm'): string[] => Array.from({ length: count }, (_, i) => `${prefix}${i}`);

test('a hole in what the stream has of an outbox is filled by its machine', async () => {
  await started('gpu1');
  // nothing passes by, and the first message is not kept either
  let nth = 0;
  Object.assign(sim.server.faults, { copies: () => 0, keeping: () => (nth++ === 0 ? 'refused' : 'kept') });
  write('gpu1', note('m0'));
  await sim.run(5);
  write('gpu1', note('m1'));
  await sim.run(5);
  sim.crash('gpu1');
  Object.assign(sim.server.faults, NO_FAULTS);
  expect(sim.server.stored.filter(({ subject }) => subject.includes('.up.')).length).toBe(1);
  sim.start('gpu1');
  expect(await sim.until(hasAll(['m0', 'm1']))).toBe(true);
});

test('a hole in what the stream has of the log is filled by the seat', async () => {
  await started('gpu1');
  let nth = 0;
  Object.assign(sim.server.faults, { copies: () => 0, keeping: () => (nth++ === 0 ? 'refused' : 'kept') });
  write(SEAT, note('m0'));
  await sim.run(5);
  write(SEAT, note('m1'));
  await sim.run(5);
  sim.crash(SEAT);
  Object.assign(sim.server.faults, NO_FAULTS);
  const before = sim.copy('gpu1').length;
  sim.start(SEAT);
  expect(await sim.until(hasAll(['m0', 'm1']))).toBe(true);
  expect(sim.copy('gpu1').length).toBeGreaterThan(before);
});

test('a clock that is set back by a day keeps no machine waiting for what is missing', async () => {
  await started('gpu1');
  for (const [round, expected] of [
    ['m0', 'm1'],
    ['m0', 'm1', 'm2', 'm3'],
  ].entries()) {
    let nth = 0;
    Object.assign(sim.server.faults, { copies: () => 0, keeping: () => (nth++ === 0 ? 'refused' : 'kept') });
    for (const message of expected.slice(-2)) {
      write(SEAT, note(message));
      await sim.run(5);
    }
    sim.crash(SEAT);
    Object.assign(sim.server.faults, NO_FAULTS);
    sim.start(SEAT);
    expect(await sim.until(hasAll(expected)), `round ${round}`).toBe(true);
    sim.setMs -= 86_400_000;
  }
});

test('a session whose machine was misspelled is followed by the right name, with what was published meanwhile', async () => {
  sim = new Simulation(tempDir('machines'), [SEAT, 'gpu1'], { ...NO_FAULTS });
  const [dir, home] = [sim.dir('gpu1'), dirname(dirname(sim.dir('gpu1')))];
  const follow = (machine: string): string =>
    makeFollowed(home, { session: basename(dir), machine }, { name: 'gpu1', space: 't' });
  rmSync(dir, { recursive: true });
  follow('Laptop');
  for (const each of [SEAT, 'gpu1']) sim.start(each);
  write('gpu1', note('m0'));
  await sim.run(3000);
  follow(SEAT);
  expect(await sim.until(hasAll(['m0']))).toBe(true);
  // one that has come from a machine is that machine's
  expect(() => follow('build1')).toThrow(`"fermata unfollow ${basename(dir)}" deletes that copy`);
});

test('a seat that claims words which a machine never published fills no disk there', async () => {
  await started('gpu1');
  write('gpu1', note('m0'));
  expect(await sim.until(hasAll(['m0']))).toBe(true);
  const via = viaOfOutbox(readSeat(sim.dir('gpu1'))!);
  sim.writeRaw(SEAT, `\n{"t":"taken","ts":1,"via":"${via}","off":100000000}\n`);
  sim.look(SEAT);
  expect(await sim.until(() => isEqual())).toBe(true);
  sim.crash('gpu1');
  sim.start('gpu1');
  expect(statSync(sessionPaths(sim.dir('gpu1')).log).size).toBeLessThan(1000);
  expect(sim.errors.map(String)).toContainEqual(expect.stringContaining('which it never published'));
});

test('words that the seat has missed, though the stream has acknowledged them, are brought to its mind', async () => {
  await started('gpu1');
  sim.crash(SEAT);
  write('gpu1', note('m0'));
  await sim.run(1000);
  // the stream has forgotten them before the seat was back, and nothing tells the machine so
  const { stored } = sim.server;
  sim.server.stored = stored.filter(({ subject }) => !subject.includes('.up.'));
  for (const [i, each] of sim.server.stored.entries()) each.seq = i + 1;
  await sim.run(11_000);
  expect(sim.server.sent.some(({ subject }) => subject.includes('.nudge.'))).toBe(true);
  sim.start(SEAT);
  expect(await sim.until(hasAll(['m0']), 60_000)).toBe(true);
});

test('a stream that is another one just as the connection comes back gets all', async () => {
  await started('gpu1');
  for (const { link } of sim.bridges()) link.change('disconnected');
  write(SEAT, note('m0'));
  sim.server.setBack(0);
  for (const { link } of sim.bridges()) link.change('connected');
  expect(await sim.until(hasAll(['m0']))).toBe(true);
});

test('a second bridge that appends the same once more changes nothing', async () => {
  await started('gpu1', 'gpu2');
  sim.start(SEAT);
  sim.start('gpu1');
  for (const message of sequence(20)) write('gpu1', note(message));
  expect(await sim.until(hasAll(sequence(20)))).toBe(true);
  // what a bridge appends that had not yet seen the lines of the other one
  const lines = sim
    .log()
    .toString()
    .split('\n')
    .filter((line) => line.includes('"via"'));
  sim.writeRaw(
    SEAT,
    lines
      .slice(5)
      .map((line) => `\n${line}\n`)
      .join(''),
  );
  sim.look(SEAT);
  expect(await sim.until(() => isEqual() && isEqual('gpu2'))).toBe(true);
  expect(messages()).toEqual(sequence(20));
  write('gpu1', note('later'));
  expect(await sim.until(hasAll([...sequence(20), 'later']))).toBe(true);
});

test('a message ends with a line, never with the blank before the next one', async () => {
  await started('gpu1');
  sim.writeRaw('gpu1', `\n${JSON.stringify(note('m0'))}\n\n`);
  sim.look('gpu1');
  expect(await sim.until(hasAll(['m0']))).toBe(true);
  const up = sim.server.stored.flatMap(({ subject, message }) =>
    subject.includes('.up.') && 'data' in message ? [message] : [],
  );
  expect(up.map(({ pos, data }) => pos + data.length)).toEqual([statSync(sessionPaths(sim.dir('gpu1')).log).size - 1]);
  sim.writeRaw('gpu1', `${JSON.stringify(note('m1'))}\n`);
  sim.look('gpu1');
  expect(await sim.until(hasAll(['m0', 'm1']))).toBe(true);
});

test('lines that are longer than a message are carried in the log, and are refused from an outbox', async () => {
  await started('gpu1');
  const long = JSON.stringify(note('x'.repeat(700_000)));
  sim.writeRaw(SEAT, `\n${long}\n`);
  write(SEAT, note('m0'));
  expect(await sim.until(hasAll(['m0']))).toBe(true);
  sim.writeRaw('gpu1', `\n${long}\n`);
  sim.writeRaw('gpu1', `\n${JSON.stringify(note('y'.repeat(66_000)))}\n`);
  write('gpu1', note('m1'));
  expect(await sim.until(hasAll(['m0', 'm1']))).toBe(true);
  const { state } = sim.folded();
  expect(state.notices.map(({ text }) => text)).toEqual([
    'The machine gpu1: a line of it does not count: a line that is too long',
  ]);
  expect([...state.machines.values()]).toEqual([statSync(sessionPaths(sim.dir('gpu1')).log).size]);
});

test('damaged lines have no effect but one warning, and what is behind them counts', async () => {
  await started('gpu1');
  sim.writeRaw('gpu1', '\n{"t":"lo\n\n[1]\n\n{"t":"vote"}\n');
  sim.look('gpu1');
  expect(await sim.until(() => isEqual() && sim.bridges('gpu1')[0]!.home.sessions[0]!.waiting === 0)).toBe(true);
  write('gpu1', note('m0'));
  sim.writeRaw('gpu1', '\0\0\0\n');
  sim.look('gpu1');
  expect(await sim.until(hasAll(['m0']))).toBe(true);
  await sim.run(5000);
  const { state } = sim.folded();
  expect(state.notices.length).toBe(1);
  expect(state.notices[0]!.text).toContain('The machine gpu1: a line of it does not count: a damaged line');
  expect(state.damaged.size).toBe(0);
});

test('where the log is replaced all begin anew: what the earlier one has not taken counts in the new one, and nothing else', async () => {
  await started('gpu1');
  write('gpu1', note('old'));
  expect(await sim.until(hasAll(['old']))).toBe(true);
  for (const { link } of sim.bridges('gpu1')) link.isCut = true;
  write('gpu1', note('waits'));
  await sim.run(10_000);
  const { log } = sessionPaths(sim.dir(SEAT));
  const other = tempDir('other');
  createLog(other, sim.nowMs);
  writeFileSync(log, readFileSync(sessionPaths(other).log));
  // it is longer than the earlier one when it is seen first
  const fresh = sequence(20, 'new');
  sim.write(SEAT, ...fresh.map(note));
  sim.look(SEAT);
  await sim.run(5000);
  for (const { link } of sim.bridges('gpu1')) link.heal();
  expect(await sim.until(hasAll([...fresh, 'waits']))).toBe(true);
  write('gpu1', note('later'));
  expect(await sim.until(hasAll([...fresh, 'waits', 'later']))).toBe(true);
  // also after all has been delivered again, with what was meant for the earlier log
  sim.crash(SEAT);
  sim.crash('gpu1');
  sim.start(SEAT);
  sim.start('gpu1');
  await sim.run(20_000);
  expect(messages()).toEqual([...fresh, 'waits', 'later']);
  expect(isEqual()).toBe(true);
  expect(
    sim
      .folded()
      .state.notices.map(({ text }) => text)
      .join(),
  ).toContain('was replaced or set back');
});

test.each(['while its bridge runs', 'while it does not'])(
  'where the log is set back %s, the copies become it again',
  async (when) => {
    await started('gpu1');
    for (const message of sequence(5)) write(SEAT, note(message));
    expect(await sim.until(hasAll(sequence(5)))).toBe(true);
    if (when !== 'while its bridge runs') sim.crash(SEAT);
    const { log } = sessionPaths(sim.dir(SEAT));
    truncateSync(log, sim.log().indexOf('m3') - 60);
    sim.writeRaw(SEAT, '\n');
    if (when !== 'while its bridge runs') sim.start(SEAT);
    write(SEAT, note('after'));
    expect(await sim.until(isEqual)).toBe(true);
    expect(messages()).not.toContain('m4');
    write('gpu1', note('later'));
    expect(await sim.until(() => isEqual() && messages().includes('later'))).toBe(true);
  },
);

test('an outbox that has lost lines that the log has is padded, so that new ones count', async () => {
  await started('gpu1');
  for (const message of sequence(5)) write('gpu1', note(message));
  expect(await sim.until(hasAll(sequence(5)))).toBe(true);
  sim.crash('gpu1');
  truncateSync(sessionPaths(sim.dir('gpu1')).log, 10);
  sim.start('gpu1');
  write('gpu1', note('new'));
  expect(await sim.until(hasAll([...sequence(5), 'new']))).toBe(true);
});

test('a copy whose replacing was cut off is replaced at the next start', async () => {
  await started('gpu1');
  for (const message of sequence(3)) write(SEAT, note(message));
  expect(await sim.until(hasAll(sequence(3)))).toBe(true);
  sim.crash('gpu1');
  const dir = sim.dir('gpu1');
  writeSeat(dir, { ...readSeat(dir)!, replaces: true });
  writeFileSync(sessionPaths(dir).copy, 'of an earlier log\n');
  sim.start('gpu1');
  expect(await sim.until(isEqual)).toBe(true);
});

const lease = (id: string, ttlMs: number): NewEvent => ({
  t: 'acquire',
  worker: id,
  resource: 'db',
  id,
  ttlMs,
  wait: true,
});
const holders = (): string[] =>
  [...sim.folded().state.locks.values()].flatMap((lock) => lock.holders.map(({ id }) => id));

test('a lease that was renewed on its machine while the seat slept is not lost', async () => {
  await started('gpu1', 'gpu2');
  write('gpu1', lease('one', 3000));
  write('gpu2', lease('two', 60_000));
  expect(await sim.until(() => holders().join() === 'one')).toBe(true);
  sim.crash(SEAT);
  for (let i = 0; i < 9; i++) {
    write('gpu1', lease('one', 3000));
    await sim.run(1000);
  }
  sim.start(SEAT);
  for (let i = 0; i < 5; i++) {
    await sim.run(1000);
    write('gpu1', lease('one', 3000));
    expect(holders()).toEqual(['one']);
  }
});

test('the lease of a machine that is cut off ends by the clock of the seat, and nothing else ends it', async () => {
  await started('gpu1', 'gpu2');
  write('gpu1', lease('one', 2000));
  await sim.run(50);
  write('gpu2', lease('two', 60_000));
  expect(await sim.until(() => holders().join() === 'one')).toBe(true);
  // without the server the seat does not know what was published meanwhile
  for (const { link } of sim.bridges(SEAT)) link.change('disconnected');
  await sim.run(10_000);
  expect(holders()).toEqual(['one']);
  for (const { link } of sim.bridges('gpu1')) link.isCut = true;
  for (const { link } of sim.bridges(SEAT)) link.change('connected');
  expect(await sim.until(() => holders().join() === 'two', 5000)).toBe(true);
  const ours = sim
    .log()
    .toString()
    .split('\n')
    .filter((line) => line.includes('"expire"'));
  expect(ours.every((line) => !line.includes('"via"'))).toBe(true);
});

test('a long lease of a machine that is cut off ends also while the hooks are silent', async () => {
  await started('gpu1', 'gpu2');
  write(SEAT, { t: 'turn', state: 'idle' });
  write('gpu1', lease('one', 90_000));
  await sim.run(50);
  write('gpu2', lease('two', 600_000));
  expect(await sim.until(() => holders().join() === 'one')).toBe(true);
  for (const { link } of sim.bridges('gpu1')) link.isCut = true;
  await sim.run(89_000);
  expect(holders()).toEqual(['one']);
  expect(await sim.until(() => holders().join() === 'two', 90_000)).toBe(true);
});

test('what is no whole line keeps nothing unsent', async () => {
  await started('gpu1');
  const isUnsent = (machine: string): boolean => sim.bridges(machine)[0]!.home.isUnsent;
  for (const each of [SEAT, 'gpu1']) {
    write(each, note(each));
    sim.writeRaw(each, '\n\n{"t":');
    sim.look(each);
  }
  expect(await sim.until(() => !isUnsent(SEAT) && !isUnsent('gpu1'))).toBe(true);
  expect(sim.bridges('gpu1')[0]!.home.sessions).toEqual([
    { session: 's', seat: SEAT, behind: 0, waiting: 0, lines: expect.any(Function), problem: undefined },
  ]);
  for (const { link } of sim.bridges()) link.change('disconnected');
  write('gpu1', note('waits'));
  expect(isUnsent('gpu1')).toBe(true);
});

test('a flag on a copy counts there at once, is carried to the seat, and is gone once the copy has it', async () => {
  await started('gpu1');
  sim.role = 'person';
  write(SEAT, { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, stderr: 'wait' });
  expect(await sim.until(isEqual)).toBe(true);
  for (const { link } of sim.bridges('gpu1')) link.isCut = true;
  const dir = sim.dir('gpu1');
  publishCommand(dir, openLog(dir).state, sim.nowMs, { kind: 'release', block: 'B1' }, 'go on');
  expect(readFileSync(sessionPaths(dir).log, 'utf8')).toBe('');
  sim.look('gpu1');
  const { flags, log } = sessionPaths(dir);
  const size = statSync(log).size;
  expect(readFileSync(log, 'utf8')).toContain('"unblock"');
  await sim.run(5000);
  const counted: NewEvent[] = [];
  expect(consumeFlags(dir, sim.nowMs, (event) => counted.push(event))).toBe(0);
  expect(counted).toEqual([{ t: 'unblock', block: 'B1', by: 'user', word: 'go on', ts: sim.nowMs }]);
  expect(existsSync(`${flags}/release-B1`)).toBe(true);
  expect(statSync(log).size).toBe(size);
  for (const { link } of sim.bridges('gpu1')) link.heal();
  expect(await sim.until(() => !existsSync(`${flags}/release-B1`), 60_000)).toBe(true);
  expect(sim.folded().state.blocks.get('B1')?.ended).toMatchObject({ how: 'release', word: 'go on' });
  expect(
    sim
      .log()
      .toString()
      .match(/"unblock"/g)?.length,
  ).toBe(1);
});

describe('an answer that a person gives on a copy', () => {
  const ask: NewEvent = { t: 'ask', ask: 'p1', tool: 'Bash', summary: 'rm -r build', answerable: true };
  const flagOf = (machine: string): string => join(sessionPaths(sim.dir(machine)).flags, 'answer-p1');

  test('is handed to the hook that waits at the seat, which alone publishes it', async () => {
    await started('gpu1');
    sim.role = 'person';
    write(SEAT, ask);
    expect(await sim.until(isEqual)).toBe(true);
    raiseAnswer(sim.dir('gpu1'), 'p1', { decision: 'allow', comment: 'only this once' });
    sim.look('gpu1');
    expect(await sim.until(() => existsSync(flagOf(SEAT)))).toBe(true);
    expect(sim.folded().state.asks.has('p1')).toBe(true);
    expect(consumeAnswer(sim.dir(SEAT), 'p1')).toEqual({ decision: 'allow', comment: 'only this once' });
    expect(await sim.until(() => !existsSync(flagOf('gpu1')))).toBe(true);
    expect(sim.log().toString()).not.toContain('"answer"');
  });

  test('is refused from a machine of workers', async () => {
    await started('gpu1');
    write(SEAT, ask);
    expect(await sim.until(isEqual)).toBe(true);
    raiseAnswer(sim.dir('gpu1'), 'p1', { decision: 'allow' });
    sim.look('gpu1');
    expect(await sim.until(() => !existsSync(flagOf('gpu1')))).toBe(true);
    expect(existsSync(flagOf(SEAT))).toBe(false);
    expect(sim.folded().state.asks.has('p1')).toBe(true);
  });

  test('stays there where a Claude of that machine asks', async () => {
    await started('gpu1');
    sim.role = 'person';
    write('gpu1', { t: 'progress', worker: 'docs', pct: 1 }, { ...ask, worker: 'docs' });
    expect(await sim.until(() => sim.folded().state.asks.has('p1') && isEqual())).toBe(true);
    raiseAnswer(sim.dir('gpu1'), 'p1', { decision: 'deny' });
    sim.look('gpu1');
    await sim.run(5000);
    expect(existsSync(flagOf(SEAT))).toBe(false);
    expect(consumeAnswer(sim.dir('gpu1'), 'p1')).toEqual({ decision: 'deny' });
  });
});

test('what only a person may publish is refused from a machine of workers, and counts from one of a person', async () => {
  await started('gpu1');
  write(SEAT, { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, stderr: 'wait' });
  await sim.run(100);
  write('gpu1', { t: 'unblock', block: 'B1', by: 'user' }, note('m0'));
  expect(await sim.until(hasAll(['m0']))).toBe(true);
  expect(sim.folded().state.blocks.get('B1')?.ended).toBeUndefined();
  sim.role = 'person';
  write('gpu1', { t: 'unblock', block: 'B1', by: 'user' });
  expect(await sim.until(() => sim.folded().state.blocks.get('B1')?.ended !== undefined)).toBe(true);
});

test('what came from elsewhere has the time of the seat, and cannot name its own origin', async () => {
  await started('gpu1');
  const said = sim.nowMs - 86_400_000;
  write('gpu1', { ...note('m0'), ts: said, via: `laptop/x`, off: 1, said: 5 });
  write('gpu1', { t: 'spawn', worker: 'W9', pid: process.pid });
  expect(await sim.until(() => isEqual() && sim.folded().state.workers.has('W9'))).toBe(true);
  const line = sim
    .log()
    .toString()
    .split('\n')
    .find((each) => each.includes('"m0"'))!;
  const via = viaOfOutbox(readSeat(sim.dir('gpu1'))!);
  expect(JSON.parse(line)).toMatchObject({ via, said });
  expect((JSON.parse(line) as { ts: number }).ts).toBeGreaterThan(said + 86_000_000);
  // a process elsewhere is not looked for here
  expect(sim.folded().state.workers.get('W9')).toMatchObject({ machine: 'gpu1', pid: process.pid, host: 'gpu1@' });
});

test('a machine that publishes more than may be is held to its share, and loses nothing', async () => {
  await started('gpu1');
  const text = 'x'.repeat(60_000);
  const startedMs = sim.nowMs;
  for (let i = 0; i < 100; i++) sim.write('gpu1', note(`${i} ${text}`));
  sim.look('gpu1');
  expect(await sim.until(() => messages().length === 100)).toBe(true);
  expect(sim.nowMs - startedMs).toBeGreaterThan(1500);
  expect(messages().map((each) => Number(each.split(' ')[0]))).toEqual(Array.from({ length: 100 }, (_, i) => i));
});

test('settle waits until what was published here has come back; at the seat it need not', async () => {
  await started('gpu1');
  expect(await settle(openLog(sim.dir(SEAT)), 0)).toBe(true);
  write('gpu1', note('m0'));
  sim.writeRaw('gpu1', '\n\n{"t":"torn');
  const log = openLog(sim.dir('gpu1'));
  expect(await settle(log, 20)).toBe(false);
  const settled = settle(log, 30_000);
  await sim.run(1000);
  expect(await settled).toBe(true);
  expect(() => unshareSession(sim.dir('gpu1'))).toThrow('only there');
});
