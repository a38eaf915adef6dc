import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { raiseFlag } from '#core/session/flags.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { Orchestra } from '#test/lib/orchestra.ts';

let orchestra: Orchestra;
afterEach(async () => {
  await orchestra?.close();
  removeTempDirs();
});

const files = { 'data1.csv': 'a,b\n1,2\n' };
const block = {
  t: 'hook' as const,
  worker: 'W1',
  event: 'PreToolUse',
  exit: 2,
  stderr: 'W1 is still writing this file',
  match: { tool: 'Read' },
};

describe('scenario 10: an active block is released by hand', () => {
  test.each([
    [
      'the panel raises the flag',
      (dir: string) => raiseFlag(dir, { kind: 'release', block: 'B1' }, 'looked fine to me'),
    ],
    [
      'a flag file made by `touch`',
      (dir: string) => {
        mkdirSync(join(dir, 'flags'), { recursive: true });
        writeFileSync(join(dir, 'flags', 'release-B1'), '');
      },
    ],
  ])('%s: the next retry passes, and the log says who released', async (_name, release) => {
    const read = { name: 'Read', input: { file_path: '' } };
    orchestra = await Orchestra.open(
      (turn) => {
        read.input.file_path = join(orchestra.project, 'data1.csv');
        if (turn.index === 0) {
          orchestra.publish(block);
          return { tools: [read] };
        }
        if (turn.index === 1) {
          release(orchestra.dir);
          return { tools: [read] };
        }
        return { text: 'done' };
      },
      { settings: { 'hold.seconds': 0 }, files },
    );
    const run = await orchestra.run('read it');
    expect(run.result?.result).toBe('done');
    const results = orchestra.model.requests
      .filter((r) => r.kind === 'main')
      .map((r) => JSON.stringify(r.body.messages.at(-1)));
    expect(results[1]).toContain('W1 is still writing this file');
    expect(results[1]).toContain('"is_error":true');
    expect(results[2]).toContain('1,2');
    expect(orchestra.events).toContainEqual(expect.objectContaining({ t: 'denied', block: 'B1', tool: 'Read' }));
    expect(orchestra.events).toContainEqual(expect.objectContaining({ t: 'unblock', block: 'B1', by: 'user' }));
    expect(orchestra.state.blocks.get('B1')?.ended).toMatchObject({ how: 'release', by: 'user' });
  });

  test('with the default hold the call waits in place and costs no turn', async () => {
    orchestra = await Orchestra.open(
      (turn) => {
        if (turn.index > 0) return { text: turn.lastToolResults[0]?.text ?? '' };
        orchestra.publish(block);
        return { tools: [{ name: 'Read', input: { file_path: join(orchestra.project, 'data1.csv') } }] };
      },
      { files },
    );
    const running = orchestra.run('read it');
    await orchestra.until('the call is held', (s) => (s.blocks.get('B1')?.holding.length ?? 0) > 0);
    raiseFlag(orchestra.dir, { kind: 'release', block: 'B1' });
    expect((await running).result?.result).toContain('1,2');
    expect(orchestra.model.requests.filter((r) => r.kind === 'main')).toHaveLength(2);
    expect(orchestra.events.filter((e) => e['t'] === 'denied')).toEqual([]);
    expect(orchestra.events.filter((e) => e['t'] === 'held')).toMatchObject([
      { block: 'B1' },
      { block: 'B1', ms: expect.any(Number) },
    ]);
  });
});
