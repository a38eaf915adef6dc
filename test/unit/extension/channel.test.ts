import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Intent, PanelState, ToPanel } from '#protocol/messages.ts';
import { PanelChannel } from '#extension/panel/channel.ts';

const NO_BOARD = { scope: 'window', outside: 0, needsYou: 0 } as const;
const state: PanelState = { sessions: [], hooks: { state: 'installed' }, trusted: true, ...NO_BOARD };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function open() {
  const posted: ToPanel[] = [];
  const run: Intent[] = [];
  const warnings: string[] = [];
  const channel = new PanelChannel({
    post: (message) => posted.push(message),
    state: () => state,
    run: (intent) => run.push(intent),
    older: (session, before) => ({ session, before, rows: [], more: false }),
    peek: (session, worker) => Promise.resolve({ session, worker, steps: [], calls: [], transcript: 'missing' }),
    warn: (message) => warnings.push(message),
  });
  return { channel, posted, run, warnings };
}

test('nothing is sent before the panel is ready; then everything is', () => {
  const { channel, posted } = open();
  channel.update();
  vi.advanceTimersByTime(1000);
  expect(posted).toEqual([]);
  channel.receive({ type: 'ready' });
  expect(posted).toEqual([{ type: 'snapshot', generation: 1, state }]);
});

test('the first change after a pause goes out at once, a storm at most twenty times a second, and its end is sent', () => {
  const { channel, posted } = open();
  channel.receive({ type: 'ready' });
  channel.receive({ type: 'drawn', generation: 1 });
  vi.advanceTimersByTime(1000);
  channel.update();
  vi.advanceTimersByTime(0);
  expect(posted).toHaveLength(2);
  for (let ms = 0; ms < 1000; ms++) {
    channel.receive({ type: 'drawn', generation: posted.length });
    channel.update();
    vi.advanceTimersByTime(1);
  }
  vi.advanceTimersByTime(100);
  expect(posted.length).toBeLessThanOrEqual(24);
  expect(posted.length).toBeGreaterThan(15);
  expect(posted.map((message) => message.type === 'snapshot' && message.generation)).toEqual(
    posted.map((_, index) => index + 1),
  );
});

test('a hidden panel gets nothing, and all of it when it is shown', () => {
  const { channel, posted } = open();
  channel.receive({ type: 'ready' });
  channel.receive({ type: 'drawn', generation: 1 });
  channel.setVisible(false);
  channel.update();
  vi.advanceTimersByTime(1000);
  expect(posted).toHaveLength(1);
  channel.setVisible(true);
  vi.advanceTimersByTime(100);
  expect(posted).toHaveLength(2);
});

test('a page that has not drawn a snapshot gets no other one on top, but all of it once it has, or after a while', () => {
  const { channel, posted } = open();
  channel.receive({ type: 'ready' });
  for (let ms = 0; ms < 900; ms += 10) {
    channel.update();
    vi.advanceTimersByTime(10);
  }
  expect(posted).toHaveLength(1);
  channel.receive({ type: 'drawn', generation: 1 });
  vi.advanceTimersByTime(100);
  expect(posted).toHaveLength(2);
  // of an older one, as from a page that was loaded anew
  channel.update();
  channel.receive({ type: 'drawn', generation: 1 });
  vi.advanceTimersByTime(500);
  expect(posted).toHaveLength(2);
  // it may never have arrived
  vi.advanceTimersByTime(10_000);
  expect(posted).toHaveLength(3);
  // nothing has changed since
  vi.advanceTimersByTime(10_000);
  expect(posted).toHaveLength(3);
});

test('what the panel asks for is checked', () => {
  const { channel, run, warnings } = open();
  const intent = { action: 'release', session: 's1', block: 'B1' };
  channel.receive({ type: 'run', intent });
  channel.receive({ type: 'run', intent: { ...intent, block: '../../x' } });
  channel.receive({ type: 'run', intent: { action: 'workbench.action.quit' } });
  channel.receive(null);
  expect(run).toEqual([intent]);
  expect(warnings).toHaveLength(3);
});

test('what it asks for in the past is checked, too', () => {
  const { channel, run } = open();
  const session = 's1';
  const good = [
    { action: 'replay', session },
    { action: 'replay', session, event: 12 },
    { action: 'replayJump', session, to: 'next' },
    { action: 'replayPlay', session, speed: 'events' },
    { action: 'replayPlay', session },
    { action: 'backToNow' },
  ];
  for (const intent of good) channel.receive({ type: 'run', intent });
  for (const intent of [
    { action: 'replay', session: '../x' },
    { action: 'replay', session, event: -1 },
    { action: 'replay', session, event: 1.5 },
    { action: 'replay', session, event: '3' },
    { action: 'replayJump', session, to: 'end' },
    { action: 'replayPlay', session, speed: 1e9 },
  ])
    channel.receive({ type: 'run', intent });
  expect(run).toEqual(good);
});

test('nothing is sent after the end', () => {
  const { channel, posted } = open();
  channel.receive({ type: 'ready' });
  channel.update();
  channel.update();
  channel.dispose();
  vi.advanceTimersByTime(1000);
  expect(posted.length).toBeLessThanOrEqual(2);
  expect(vi.getTimerCount()).toBe(0);
});

test('older activity is answered apart from the snapshots, and only to a question that is one', () => {
  const { channel, posted, warnings } = open();
  channel.receive({ type: 'older', session: 's1', before: 300 });
  expect(posted).toEqual([{ type: 'older', session: 's1', before: 300, rows: [], more: false }]);
  channel.receive({ type: 'older', session: '../s1', before: 300 });
  channel.receive({ type: 'older', session: 's1', before: -1 });
  expect(posted).toHaveLength(1);
  expect(warnings).toHaveLength(2);
});
