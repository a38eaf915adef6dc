import { reduce } from '#core/fold/reduce.ts';
import { emptyState } from '#core/fold/state.ts';
import { decodeState, encodeState } from '#core/fold/stateCodec.ts';
import { LineReader, type Line } from '#core/log/lineReader.ts';
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

/** What a hook that meets the worst logs takes beyond reading them: the fold, the decision, the snapshot. CPU time. */
export function worstBench(): void {
  for (const [name, makes] of Object.entries(LOGS)) {
    const bytes = makeLog(makes);
    const lines: Line[] = [];
    const reading = cpuMs(() => new LineReader().push(bytes, (line) => lines.push(line)));
    const state = emptyState();
    const folding = cpuMs(() => {
      for (const line of lines) reduce(state, line);
    });
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
