import { expect, test } from 'vitest';
import { isOpenRoom, roomName, roomSession } from '#core/fold/rooms.ts';
import { runName, runOf } from '#core/fold/runs.ts';
import { fold } from './world.ts';

const plan = (run: string, worker: object, more: object = {}): object => ({
  t: 'plan',
  run,
  sha256: 'x',
  workers: [worker],
  ...more,
});
const agent = (worker: string, parent?: string): object => ({ t: 'spawn', worker, kind: 'subagent', parent });

test('an agent works for the run of the worker above it, however deep, and one that has none for no run', () => {
  const state = fold([
    plan('R1', { worker: 'W1' }),
    agent('a1', 'W1'),
    agent('a2', 'a1'),
    agent('b1', 'conductor'),
    agent('b2'),
    agent('b3', 'unknown'),
  ]);
  expect(['W1', 'a1', 'a2'].map((id) => runOf(state, id))).toEqual(['R1', 'R1', 'R1']);
  expect(['b1', 'b2', 'b3', 'unknown', 'conductor'].map((id) => runOf(state, id))).toEqual(Array(5).fill(undefined));
});

test('agents that name each other as their parent belong to no run', () => {
  expect(runOf(fold([agent('a1', 'a2'), agent('a2', 'a1')]), 'a1')).toBeUndefined();
});

const task = { worker: 'W1', task: 'Run them' };
const command = { t: 'spawn', worker: 'W1', command: 'npm test' };

test.each<[string, object[]]>([
  ['tests', [plan('R1', task, { rule: 'tests' }), command]],
  ['Run them', [plan('R1', task), command]],
  ['npm test', [plan('R1', { worker: 'W1' }), command]],
  ['R1', [plan('R1', { worker: 'W1' })]],
  ['R1', [plan('R2', task)]],
])('a run is called %s, by its rule, its first task or its first command: %#', (name, events) => {
  expect(runName(fold(events), 'R1')).toBe(name);
});

test('a room is a session with a name of its own, and open until it is closed', () => {
  expect(roomName(roomSession('night shift'))).toBe('night shift');
  for (const id of [undefined, 's1', '2f1c-room-x', '']) expect(roomName(id)).toBeUndefined();
  const session = (id: string): object => ({ t: 'session', session: id, cwd: '/p' });
  const end = { t: 'end', reason: 'closed' };
  expect(isOpenRoom(fold([]))).toBe(false);
  expect(isOpenRoom(fold([session('s1')]))).toBe(false);
  expect(isOpenRoom(fold([session(roomSession('x'))]))).toBe(true);
  expect(isOpenRoom(fold([session(roomSession('x')), end]))).toBe(false);
});
