import fc from 'fast-check';
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { append, createLog } from '#core/log/append.ts';
import { sessionPaths } from '#core/base/paths.ts';
import { encodeState } from '#core/fold/stateCodec.ts';
import { openLog, SessionLog, stateAt } from '#core/session/sessionLog.ts';
import { checksum, saveSnapshot } from '#core/session/snapshot.ts';
import { bundle } from '#test/lib/stress/program.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { DAMAGED, HARMLESS, line } from '#test/unit/core/fold/foreignLines.ts';

let dir: string;
let log: SessionLog;
const file = (): string => sessionPaths(dir).log;
const damage = (): Record<string, number> => Object.fromEntries(log.state.damaged);
const holder = (): unknown => log.state.locks.get('db')?.holders.map(({ worker, token }) => ({ worker, token }));

beforeEach(() => {
  dir = join(tempDir(), 'session');
  createLog(dir, Date.now());
  append(dir, Date.now(), { t: 'acquire', worker: 'W1', resource: 'db', id: 'a' });
  log = new SessionLog(dir);
  log.refresh();
});
afterAll(removeTempDirs);

describe('foreign lines', () => {
  test.each(DAMAGED)('%s is counted with a reason, skipped, and the next line is read', (_name, bytes, reason) => {
    const before = holder();
    appendFileSync(file(), bytes);
    append(dir, Date.now(), { t: 'progress', worker: 'after' });
    log.refresh();
    expect(holder()).toEqual(before);
    expect(Object.keys(damage())).toEqual([expect.stringContaining(reason)]);
    expect(Object.values(damage())).toEqual([1]);
    expect(log.state.workers.has('after')).toBe(true);
  });

  test.each(HARMLESS)('%s: no damage, nobody else holds the lock, a snapshot is as good as the log', (_name, bytes) => {
    const before = holder();
    appendFileSync(file(), bytes);
    append(dir, Date.now(), { t: 'progress', worker: 'after' });
    log.refresh();
    expect(holder()).toEqual(before);
    expect(damage()).toEqual({});
    expect(log.state.workers.has('after')).toBe(true);
    expect(({} as Record<string, unknown>)['a']).toBeUndefined();
    const expected = structuredClone(log.state);
    saveSnapshot(log, 1);
    const other = new SessionLog(dir);
    // nothing new to read: it comes from the snapshot alone
    expect(other.refresh()).toBe(false);
    expect({ ...other.state, activity: [] }).toEqual({ ...expected, activity: [] });
  });

  test('a writer that chooses many names does not fill the counts', () => {
    for (let i = 0; i < 200; i++) appendFileSync(file(), `{"t":"${'x'.repeat(500)}${i}"}\n{"t":"y${i}"}\n`);
    log.refresh();
    expect(log.state.unknownTypes.size).toBeLessThan(60);
    expect([...log.state.unknownTypes.values()].reduce((a, b) => a + b)).toBe(400);
  });
});

describe('the file changes under an open log', () => {
  /** Another generation of this log: another nonce, W9 holds the lock. */
  const anew = (more = 0): string =>
    line({ t: 'open', format: 1, nonce: `another-${more}` }) +
    line({ t: 'acquire', worker: 'W9', resource: 'db' }) +
    line({ t: 'progress', worker: 'W9' }).repeat(more);
  const expectAnew = (): void => {
    log.refresh();
    expect(log.generation).toBe(1);
    expect(log.state.locks.get('db')?.holders.map((h) => h.worker)).toEqual(['W9']);
    expect(log.state.workers.has('W1')).toBe(false);
  };

  test('replaced by a rename', () => {
    writeFileSync(`${file()}.new`, anew());
    renameSync(`${file()}.new`, file());
    expectAnew();
  });

  test.each([
    ['cut and rewritten, shorter', 0],
    ['cut and regrown beyond what was read', 500],
  ])('%s', (_name, more) => {
    for (let i = 0; i < 20; i++) append(dir, Date.now(), { t: 'progress', worker: 'W1' });
    log.refresh();
    truncateSync(file());
    appendFileSync(file(), anew(more));
    expectAnew();
    expect(damage()).toEqual({});
  });

  test('cut and regrown to the very same length', () => {
    const old = readFileSync(file());
    const text = anew();
    const fill = line({ t: 'x', y: '' });
    append(dir, Date.now(), { t: 'progress', worker: 'W1', message: 'x'.repeat(text.length + fill.length) });
    log.refresh();
    const { position } = log;
    expect(position).toBeGreaterThan(old.length);
    truncateSync(file());
    appendFileSync(file(), text + line({ t: 'x', y: 'y'.repeat(position - text.length - fill.length) }));
    expectAnew();
  });

  test('rewritten in place behind the same first line, and grown', () => {
    for (let i = 0; i < 20; i++) append(dir, Date.now(), { t: 'progress', worker: 'W1' });
    log.refresh();
    const [first] = readFileSync(file(), 'utf8').split('\n');
    writeFileSync(file(), `${first}\n${anew(500).split('\n').slice(1).join('\n')}`);
    expectAnew();
    expect(damage()).toEqual({});
  });

  test('cut and regrown behind the same first lines', () => {
    append(dir, Date.now(), { t: 'progress', worker: 'W1', message: 'x'.repeat(200) });
    const { size } = statSync(file());
    append(dir, Date.now(), { t: 'progress', worker: 'gone' });
    log.refresh();
    truncateSync(file(), size);
    append(dir, Date.now(), { t: 'progress', worker: 'W2', message: 'y'.repeat(2000) });
    log.refresh();
    expect(log.generation).toBe(1);
    expect([...log.state.workers.keys()]).toEqual(['W1', 'W2']);
    expect(damage()).toEqual({});
  });

  test('cut to nothing: nothing is known, and what is appended then is read', () => {
    truncateSync(file());
    log.refresh();
    expect(log.state.events).toBe(0);
    appendFileSync(file(), anew());
    log.refresh();
    expect(log.state.locks.get('db')?.holders[0]?.worker).toBe('W9');
  });

  test('removed: ENOENT, and the state as it was; made again: the new one', () => {
    rmSync(file());
    expect(() => log.refresh()).toThrow(expect.objectContaining({ code: 'ENOENT' }));
    expect(holder()).toHaveLength(1);
    writeFileSync(file(), anew(100));
    expectAnew();
  });

  test('a state is never kept as the snapshot of another file', () => {
    for (let i = 0; i < 20; i++) append(dir, Date.now(), { t: 'progress', worker: 'W1' });
    log.refresh();
    truncateSync(file());
    appendFileSync(file(), anew(500));
    saveSnapshot(log, 1);
    log = new SessionLog(dir);
    log.refresh();
    expect(log.state.locks.get('db')?.holders[0]?.worker).toBe('W9');
  });

  test.skipIf(process.getuid?.() !== 0)('not ours to read: EACCES, nothing else', async () => {
    chmodSync(file(), 0o000);
    const program = await bundle('readAsNobody');
    for (const path of [join(dir, '..'), dir, join(program, '..')]) chmodSync(path, 0o755);
    const { stdout, stderr } = spawnSync(process.execPath, [program, dir], { encoding: 'utf8' });
    expect({ stdout, stderr }).toEqual({ stdout: 'EACCES 0\n', stderr: '' });
  });
});

describe('a snapshot that does not fit is ignored', () => {
  type Json = Record<string, unknown>;
  /** Writes a snapshot that says nobody holds the lock, with its head and state changed as given. */
  const poison = (head: Json, state: Json = {}, bytes = ''): void => {
    saveSnapshot(log, 0);
    const { snapshot } = sessionPaths(dir);
    const [first = '', second = '', third = ''] = readFileSync(snapshot, 'utf8').split('\n');
    const poisoned = { ...(JSON.parse(second) as Json), locks: [], ...state };
    const lines = [`${JSON.stringify(poisoned)}${bytes}`, third];
    const changed = { ...(JSON.parse(first) as Json), ...head };
    const sums = lines.map((line) => checksum(Number(changed['position']), Buffer.from(line)));
    writeFileSync(snapshot, [JSON.stringify({ ...changed, sums, ...head }), ...lines].join('\n'));
  };
  const holders = (): unknown => {
    const other = new SessionLog(dir);
    other.refresh();
    return other.state.locks.get('db')?.holders.map((h) => h.worker);
  };

  test('one that fits is believed, so that this test shows anything', () => {
    poison({});
    expect(holders()).toBeUndefined();
  });

  test.each<[string, Json, Json?, string?]>([
    ['another beginning', { marks: ['x', ''] }],
    ['no marks', { marks: null }],
    ['another nonce', { nonce: 'x' }],
    ['a state of another nonce', {}, { nonce: 'x' }],
    ['another position', { position: 1 }],
    ['a position beyond the end', { position: 1e6 }],
    ['a negative position', { position: -1 }],
    ['half a position', { position: 0.5 }],
    ['no position', { position: null }],
    ['another version', {}, { version: 0 }],
    ['no version', {}, { version: undefined }],
    ['bytes too many', {}, {}, '}'],
    ['another checksum', { sums: [1, 1] }],
    ['no checksum', { sums: undefined }],
  ])('%s', (_name, head, state, bytes) => {
    poison(head, state, bytes);
    expect(holders()).toEqual(['W1']);
  });

  test('a damaged list of activity costs that list alone', () => {
    append(dir, Date.now(), { t: 'log', level: 'info', message: 'a step' });
    log.refresh();
    const { length } = log.state.activity;
    saveSnapshot(log, 0);
    const { snapshot } = sessionPaths(dir);
    const [head = '', state = '', activity = ''] = readFileSync(snapshot, 'utf8').split('\n');
    expect(openLog(dir).state.activity).toHaveLength(length);
    writeFileSync(snapshot, [head, state, activity.replace('a step', 'a stop')].join('\n'));
    expect(openLog(dir).state.activity).toEqual([]);
    expect(holders()).toEqual(['W1']);
  });

  test('a log that is read without its activity keeps all of it in the next snapshot', () => {
    append(dir, Date.now(), { t: 'log', level: 'info', message: 'before' });
    log.refresh();
    saveSnapshot(log, 0);
    const hook = new SessionLog(dir, true, false);
    hook.refresh();
    expect(hook.state.activity).toEqual([]);
    append(dir, Date.now(), { t: 'log', level: 'info', message: 'after' });
    hook.refresh();
    saveSnapshot(hook, 0);
    const read = openLog(dir);
    expect(read.snapshotPosition).toBe(read.position);
    expect(encodeState(read.state)).toBe(encodeState(stateAt(dir, Infinity)));
  });

  test('whatever its bytes were changed to', () => {
    saveSnapshot(log, 0);
    const { snapshot } = sessionPaths(dir);
    const [head = '', state = '', activity = ''] = readFileSync(snapshot, 'utf8').split('\n');
    const changed = fc.oneof(
      fc.json().map((json) => `${head}\n${json}\n${activity}`),
      fc.nat(state.length - 1).map((at) => `${head}\n${state.slice(0, at)}0${state.slice(at)}\n${activity}`),
      fc
        .constantFrom('"W1"', '"holders"', '[', '{', '"pos":')
        .map((part) => `${head}\n${state.replaceAll(part, '[]')}\n`),
      fc.constant(`${head}\n${state.replace('{', '{"__proto__":{"locks":[]},"constructor":0,')}\n${activity}`),
      fc.constant(`${head}\n${'['.repeat(1e6)}\n${activity}`),
    );
    fc.assert(
      fc.property(changed, (text) => {
        writeFileSync(snapshot, text);
        expect(holders()).toEqual(['W1']);
      }),
      { numRuns: 200 },
    );
  });

  test.each(['', '\n', 'null\nnull', '[]\n{}', '{}', '\0'])('%j instead of one', (text) => {
    writeFileSync(sessionPaths(dir).snapshot, text);
    expect(holders()).toEqual(['W1']);
  });

  test('a log of another nonce', () => {
    for (let i = 0; i < 200; i++) append(dir, Date.now(), { t: 'progress', worker: 'W2', message: 'x'.repeat(50) });
    log.refresh();
    poison({});
    expect(holders()).toBeUndefined();
    const bytes = readFileSync(file());
    const nonce = log.state.nonce ?? '';
    bytes.write('other'.padEnd(nonce.length, 'x'), bytes.indexOf(nonce), 'utf8');
    writeFileSync(file(), bytes);
    expect(holders()).toEqual(['W1']);
  });
});
