/** The program of `worstBench`: in a process of its own, since a hook has nothing else in its memory either. */
import { reduce } from '#core/fold/reduce.ts';
import { emptyState } from '#core/fold/state.ts';
import { decodeState, encodeState } from '#core/fold/stateCodec.ts';
import { LineReader, type Line } from '#core/log/lineReader.ts';
import { parseEvent } from '#protocol/parseEvent.ts';
import { activeBlocks } from '#core/policy/activeBlocks.ts';
import { blockReason } from '#core/policy/reason.ts';
import { armedEvents } from '#core/session/armed.ts';
import { print } from './figure.ts';

const BYTES = 16 << 20;
/** What a hook may take for it beyond reading it, in milliseconds. */
const LIMIT_MS = 300;

type Make = (i: number) => Record<string, unknown>;

const block = (i: number, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  t: 'hook',
  worker: `W${i % 50}`,
  event: 'PreToolUse',
  exit: 2,
  stderr: 'x',
  match: { command: `never ${i}` },
  ...more,
});

/** Lines that are dear if each of them costs as much as there is of something: the first half, then the second. */
const LOGS: Record<string, [Make, Make]> = {
  'blocks-and-checkpoints': [
    (i) => block(i, { until: `done:X${i}` }),
    (i) => ({ t: 'checkpoint', worker: `W${i % 50}`, name: `c${i % 20}` }),
  ],
  'blocks-for-one-checkpoint': [
    (i) => block(i, { until: 'checkpoint:c' }),
    (i) => ({ t: 'checkpoint', worker: `W${i % 50}`, name: 'c' }),
  ],
  'blocks-and-turns': [block, (i) => ({ t: 'turn', state: i % 2 === 0 ? 'working' : 'idle' })],
  'blocks-with-keys': [(i) => block(i, { key: `k${i}` }), (i) => block(i % 20_000, { key: `k${i % 20_000}` })],
  'blocks-that-end': [(i) => block(i, { until: `done:X${i}` }), (i) => ({ t: 'done', worker: `X${i}` })],
  'workers-that-end': [
    (i) => ({ t: 'spawn', worker: `X${i}`, task: `t${i % 7}` }),
    (i) => ({ t: 'exit', worker: `X${i}`, code: i % 2 }),
  ],
  'workers-lost-and-back': [
    (i) => block(i, { until: `ok:X${i % 50}` }),
    (i) =>
      i % 2 === 0 ? { t: 'exit', worker: `X${i % 50}`, lost: true } : { t: 'progress', worker: `X${(i - 1) % 50}` },
  ],
  'done-all': [(i) => ({ t: 'progress', worker: `X${i}` }), (i) => block(i, { until: 'done:all' })],
  'done-all-in-order': [
    (i) => ({ t: 'progress', worker: `X${i % 10_000}` }),
    (i) => (i === 0 ? block(0, { until: 'done:all' }) : { t: 'exit', worker: `X${i - 1}`, code: 0 }),
  ],
  'checkpoint-in-order': [
    (i) => ({ t: 'progress', worker: `X${i % 10_000}` }),
    (i) =>
      i % 2 === 0 ? block(i, { until: 'checkpoint:c' }) : { t: 'checkpoint', worker: `X${(i - 1) / 2}`, name: 'c' },
  ],
  'checkpoint-of-others': [
    (i) => ({ t: 'progress', worker: `X${i % 5000}` }),
    (i) => ({ t: 'checkpoint', worker: i < 4999 ? `X${i}` : `Y${i % 5000}`, name: 'c' }),
  ],
  'checkpoints-of-one': [
    (i) => (i === 0 ? { t: 'progress', worker: 'X' } : { t: 'checkpoint', worker: `W${i % 50}`, name: `c${i % 1000}` }),
    (i) => (i % 2 === 0 ? { t: 'exit', worker: 'X', lost: true } : { t: 'progress', worker: 'X' }),
  ],
  'plans-of-all': [
    (i) => ({
      t: 'plan',
      run: `R${i + 1}`,
      sha256: 'x',
      workers: Array.from({ length: 500 }, (_, n) => ({ worker: `P${i}_${n}`, after: ['ok:all'] })),
    }),
    (i) => ({ t: 'exit', worker: `P${i % 20}_${Math.floor(i / 20)}`, code: i % 2 }),
  ],
  'watches-of-all': [
    (i) => ({ t: 'progress', worker: `X${i % 10_000}` }),
    (i) =>
      i < 10 ? { t: 'watch', worker: `X${9000 + i}`, until: 'ok:all' } : { t: 'exit', worker: `X${i - 10}`, code: 0 },
  ],
  'blocks-of-many-conditions': [
    (i) => block(i, { until: Array.from({ length: 64 }, (_, n) => `done:X${n}`) }),
    (i) =>
      i % 2 === 0 ? { t: 'exit', worker: `X${i % 60}`, lost: true } : { t: 'progress', worker: `X${(i - 1) % 60}` },
  ],
  'calls-past-all': [block, (i) => ({ t: 'unblock', block: 'all', by: 'user', call: `c${i}` })],
  'queue-of-one-lock': [
    (i) => ({ t: 'acquire', worker: `W${i % 490}`, resource: 'r', id: `a${i % 490}`, wait: true, ttlMs: 1 }),
    (i) => ({ t: i % 2 === 0 ? 'acquire' : 'release', worker: 'Z', resource: 'r', id: `z${i >> 1}`, wait: true }),
  ],
  'notes-with-keys': [
    (i) => ({ t: 'hook', worker: `W${i % 50}`, event: 'PostToolUse', exit: 0, message: 'x', key: `k${i % 10_000}` }),
    (i) => ({ t: 'hook', worker: `W${i % 50}`, event: 'PostToolUse', exit: 0, message: 'x', key: `k${i}` }),
  ],
  'tasks-of-one-name': [
    (i) => ({ t: 'spawn', worker: `X${i % 10_000}`, task: i % 2 === 0 ? 'same' : 'other' }),
    (i) => (i < 9999 ? { t: 'exit', worker: `X${i}`, code: 0 } : { t: 'done', task: 'same' }),
  ],
  notes: [
    (i) => ({ t: 'tell', to: 'conductor', by: `W${i % 500}`, text: 'x' }),
    (i) => ({ t: 'tell', to: 'conductor', by: `W${i % 500}`, text: 'y' }),
  ],
  ballots: [
    (i) => ({ t: 'ballot', ballot: `b${i}`, voters: ['X1', 'X2', 'X3', `X${i}`], quorum: 4 }),
    (i) => ({ t: 'vote', worker: `X${i % 3}`, decision: i % 2 === 0 ? 'proceed' : 'abort', ballot: `b${i % 400}` }),
  ],
  'locks-and-expiries': [
    (i) => ({ t: 'acquire', worker: `W${i % 5000}`, resource: `r${i % 4000}`, id: `a${i}`, wait: true, ttlMs: 1 }),
    (i) => ({ t: 'expire', what: 'lock', ref: `a${i}`, seen: i }),
  ],
  'blocks-for-one-file': [
    (i) =>
      i === 0
        ? { t: 'acquire', worker: 'X', resource: 'file:a' }
        : block(i, { worker: `W${i % 500}`, until: 'free:file:a' }),
    (i) => ({ t: i % 2 === 0 ? 'acquire' : 'release', worker: 'Y', resource: 'file:b' }),
  ],
  'done-all-of-ended': [
    (i) => ({ t: 'exit', worker: `X${i}`, code: 0 }),
    (i) => block(i, { until: ['done:all', 'done:never'] }),
  ],
  'folder-of-locks': [
    (i) => ({ t: 'acquire', worker: 'X', resource: `file:d/${i}` }),
    (i) => ({ t: i % 2 === 0 ? 'acquire' : 'release', worker: 'X', resource: 'file:d' }),
  ],
  'votes-that-change': [
    (i) =>
      i === 0
        ? { t: 'ballot', ballot: 'b', voters: Array.from({ length: 500 }, (_, n) => `v${n}`), quorum: 1 }
        : { t: 'vote', worker: `v${i % 240}`, ballot: 'b', decision: `d${i}` },
    (i) => ({ t: 'vote', worker: 'v1', ballot: 'b', decision: `e${i % 2}` }),
  ],
  'voter-lost-and-back': [
    (i) => ({ t: 'ballot', ballot: `b${i}`, voters: ['X', 'Y'], quorum: 1 }),
    (i) => (i % 2 === 0 ? { t: 'exit', worker: 'X', lost: true } : { t: 'progress', worker: 'X' }),
  ],
  'done-by-task': [(i) => ({ t: 'spawn', worker: `X${i}`, task: 'same' }), () => ({ t: 'done', task: 'same' })],
};

/** A log of that size, the first half of the bytes by one and the rest by the other. */
function makeLog([first, second]: [Make, Make]): Buffer {
  const lines = ['{"t":"turn","state":"working","ts":1767225600000}'];
  let bytes = 0;
  for (const make of [first, second]) {
    const end = bytes + BYTES / 2;
    for (let i = 0; bytes < end; i++) {
      const line = `\n${JSON.stringify(make(i))}`;
      lines.push(line);
      bytes += line.length + 1;
    }
  }
  return Buffer.from(`${lines.join('\n')}\n`);
}

const cpuMs = (run: () => void): number => {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
};

/** Hands on the lines of a log as a hook reads it: a piece at a time, of which nothing is kept. */
function eachLine(bytes: Buffer, onLine: (line: Line) => void): void {
  const reader = new LineReader();
  for (let at = 0; at < bytes.length; at += 1 << 18) reader.push(bytes.subarray(at, at + (1 << 18)), onLine);
}

/** So often each is measured; the least counts, since other programs only add to it. */
const ROUNDS = 4;

/**
 * What a hook that meets the worst logs takes beyond reading them: the fold, the decision, the snapshot. Reading is to
 * split, decode and parse the lines and to validate their events. CPU time.
 */
function measure(): void {
  for (const [name, makes] of Object.entries(LOGS)) {
    const bytes = makeLog(makes);
    let state = emptyState();
    const rounds = Array.from({ length: ROUNDS }, () => {
      const reading = cpuMs(() =>
        eachLine(bytes, (line) => {
          if ('value' in line) parseEvent(line.value);
        }),
      );
      state = emptyState();
      const all = cpuMs(() => eachLine(bytes, (line) => void reduce(state, line)));
      return { reading, all };
    });
    const reading = Math.min(...rounds.map((round) => round.reading));
    const folding = Math.min(...rounds.map((round) => round.all)) - reading;
    const now = Date.now();
    const call = { tool: 'Bash', input: { command: 'ls' }, cwd: '/', fit: () => undefined };
    const deciding = cpuMs(() => {
      const blocks = activeBlocks(state, { event: 'PreToolUse', role: 'conductor', root: '/', call }, now);
      blockReason(state, blocks, now, 'fermata');
      armedEvents(state);
    });
    let encoded = '';
    const encoding = cpuMs(() => (encoded = encodeState(state)));
    const decoding = cpuMs(() => decodeState(encoded));
    const value = Math.round(folding + deciding);
    print({
      name: `worst-${name}`,
      value,
      unit: 'ms',
      base: 'reading',
      baseValue: Math.round(reading),
      limit: LIMIT_MS,
      ok: value <= LIMIT_MS,
    });
    print({
      name: `worst-${name}-snapshot`,
      value: Math.round(encoding),
      unit: 'ms',
      base: 'reading it again',
      baseValue: Math.round(decoding),
    });
  }
}

measure();
