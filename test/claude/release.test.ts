import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { raiseFlag } from '#core/session/flags.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { Orchestra } from '#test/lib/orchestra.ts';
import { waitFor } from '#test/lib/waitFor.ts';

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
      'looked fine to me',
    ],
    [
      'a flag file made by `touch`',
      (dir: string) => {
        mkdirSync(join(dir, 'flags'), { recursive: true });
        writeFileSync(join(dir, 'flags', 'release-B1'), '');
      },
      undefined,
    ],
  ])(
    '%s: the next retry passes, the log says who released, and a word reaches Claude',
    async (_name, release, word) => {
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
      const told = orchestra.modelInputs.filter((input) => input.includes('from the person at the keyboard'));
      expect(told).toEqual(
        word === undefined ? [] : [expect.stringContaining(`from the person at the keyboard: ${word}`)],
      );
      expect(told).toEqual(word === undefined ? [] : [orchestra.modelInputs[2]]);
      expect(orchestra.events).toContainEqual(expect.objectContaining({ t: 'denied', block: 'B1', tool: 'Read' }));
      expect(orchestra.events).toContainEqual(expect.objectContaining({ t: 'unblock', block: 'B1', by: 'user' }));
      expect(orchestra.state.blocks.get('B1')?.ended).toMatchObject({ how: 'release', by: 'user' });
    },
  );

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

describe('one call among those that a block holds', () => {
  const reads = (...names: string[]) => ({
    tools: names.map((name) => ({ name: 'Read', input: { file_path: join(orchestra.project, name) } })),
  });
  const two = { 'data1.csv': 'first,file\n', 'data2.csv': 'second,file\n' };
  /** The ids of the calls that the block holds, by the file. */
  const heldCalls = (count: number): Promise<Record<string, string>> =>
    orchestra.until(`${count} held`, (state) => {
      const holding = state.blocks.get('B1')?.holding ?? [];
      if (holding.length !== count) return undefined;
      return Object.fromEntries(holding.map(({ summary = '', call = '' }) => [basename(summary), call]));
    });
  const open = async (): Promise<void> => {
    orchestra = await Orchestra.open(
      (turn) => {
        if (turn.index > 0) return { text: 'done' };
        orchestra.publish({ ...block, worker: 'user', stderr: 'wait for me' });
        return reads('data1.csv', 'data2.csv');
      },
      { files: two },
    );
  };
  const toolResults = (): string[] =>
    orchestra.model.requests
      .filter(({ kind }) => kind === 'main')
      .slice(1, 2)
      .flatMap(({ body }) => body.messages)
      .flatMap(({ content }) => (Array.isArray(content) ? content : []))
      .filter((part) => (part as { type?: string }).type === 'tool_result')
      .map((part) => JSON.stringify(part));

  test('that the person lets run goes on alone, and the other stays held', async () => {
    await open();
    const running = orchestra.run('read both');
    const calls = await heldCalls(2);
    orchestra.publish({ t: 'unblock', block: 'B1', by: 'user', call: calls['data2.csv'] });
    await waitFor(() => orchestra.events.some(({ t, call }) => t === 'passed' && call === calls['data2.csv']), {
      describe: 'the call has passed',
    });
    expect(await heldCalls(1)).toEqual({ 'data1.csv': calls['data1.csv'] });
    expect(orchestra.model.requests.filter(({ kind }) => kind === 'main')).toHaveLength(1);
    expect(orchestra.state.blocks.get('B1')?.ended).toBeUndefined();
    orchestra.publish({ t: 'unblock', block: 'B1', by: 'user' });
    expect((await running).result?.result).toBe('done');
    expect(toolResults()).toEqual(
      expect.arrayContaining([expect.stringContaining('first,file'), expect.stringContaining('second,file')]),
    );
  });

  test('that the person refuses is refused in their name and with their word, and the other stays held', async () => {
    await open();
    const running = orchestra.run('read both');
    const calls = await heldCalls(2);
    orchestra.publish({ t: 'deny', call: calls['data1.csv'], by: 'user', word: 'that one is private' });
    await waitFor(() => orchestra.events.some(({ t, call }) => t === 'denied' && call === calls['data1.csv']), {
      describe: 'the call is refused',
    });
    expect(await heldCalls(1)).toEqual({ 'data2.csv': calls['data2.csv'] });
    orchestra.publish({ t: 'unblock', block: 'B1', by: 'user', call: calls['data2.csv'] });
    expect((await running).result?.result).toBe('done');
    // in the order in which the calls ended
    const [first, second] = toolResults();
    expect(first).toContain('The person refused this call: that one is private');
    expect(first).toContain('Do not make it again');
    expect(first).toContain('"is_error":true');
    expect(first).not.toMatch(/first,file|Fermata B1/);
    expect(second).toContain('second,file');
    expect(orchestra.events.filter(({ t }) => t === 'denied')).toMatchObject([{ block: 'B1', by: 'user' }]);
  });
});

test('a call that was refused before is refused by the person, too; Claude itself cannot', async () => {
  const bash = (command: string) => ({ tools: [{ name: 'Bash', input: { command, description: 'run' } }] });
  orchestra = await Orchestra.open(
    (turn) => {
      if (turn.index === 0) {
        orchestra.publish({ ...block, match: { tool: 'Bash', command: 'sh merge*' } });
        return bash('sh merge.sh');
      }
      if (turn.index === 1) return bash(`${orchestra.cli} deny-call B1 --word "by Claude"`);
      return turn.index === 2 ? bash('echo on we go') : { text: 'done' };
    },
    { settings: { 'hold.seconds': 0 } },
  );
  const claude = orchestra.live();
  const running = claude.ask('merge');
  await orchestra.until('the refusal', (state) => state.blocks.get('B1')?.refused !== undefined);
  await running;
  expect(orchestra.modelInputs[2]).toContain('only a person may refuse a call');
  expect(orchestra.events.filter(({ t }) => t === 'deny')).toEqual([]);
  const person = await orchestra.fermataIn(
    orchestra.env({ FERMATA_SESSION_DIR: orchestra.dir }),
    'deny-call',
    'B1',
    '--word',
    'never on a Friday',
  );
  expect(person).toMatchObject({ code: 0, stdout: 'refused what B1 holds\n' });
  expect(orchestra.state.blocks.get('B1')?.refused).toMatchObject({ by: 'user' });
  await claude.ask('and now?');
  expect(orchestra.modelInputs.at(-1)).toContain('The person refused this call: never on a Friday');
  await claude.end();
});
