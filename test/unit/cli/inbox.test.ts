import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { type CommandResult, Stage } from '#test/lib/fermata.ts';
import { fermata } from '#test/lib/inProcess.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

let stage: Stage;
const as = (who: string, ...args: string[]): Promise<CommandResult> => fermata(stage, who, ...args);
const messages = (ran: CommandResult): unknown[] => (JSON.parse(ran.out) as { messages: unknown[] }).messages;
beforeEach(() => {
  stage = new Stage();
});

describe('the inbox', () => {
  test('gives a worker what it was told, each once, and nobody else’s', async () => {
    await as('W1', 'tell', 'W2', 'the schema\nhas changed');
    await as('W1', 'handoff', 'W2', '--task', 'transform', '--data', '{"file":"a.parquet"}');
    await fermata(stage, {}, 'tell', 'W3', 'not for W2');
    expect((await as('W2', 'inbox', '--peek')).out).toBe(
      'W1: the schema\n  has changed\nW1 hands transform on to you: {"file":"a.parquet"}\n',
    );
    expect(messages(await as('W2', 'inbox', '--json'))).toMatchObject([
      { kind: 'tell', from: 'W1', text: 'the schema\nhas changed' },
      { kind: 'handoff', from: 'W1', task: 'transform', data: { file: 'a.parquet' } },
    ]);
    expect(await as('W2', 'inbox')).toMatchObject({ code: 0, out: '' });
    expect((await as('W3', 'inbox')).out).toBe('user: not for W2\n');
  });

  test('of two readers at once one gets the message', async () => {
    await as('W1', 'tell', 'W2', 'hello');
    const [a, b] = await Promise.all([as('W2', 'inbox', '--json'), as('W2', 'inbox', '--json')]);
    expect([...messages(a), ...messages(b)]).toMatchObject([{ text: 'hello' }]);
  });

  test('tells of a lock that was lost, but not of one that was given back', async () => {
    await as('W1', 'acquire', 'db', '--ttl', '1ms');
    await as('W2', 'acquire', 'db', '--wait');
    await as('W2', 'release', 'db');
    expect(messages(await as('W1', 'inbox', '--json'))).toMatchObject([
      { kind: 'lockLost', text: 'you no longer have db: lease expired' },
    ]);
    expect(messages(await as('W2', 'inbox', '--json'))).toEqual([]);
  });

  test('waits for the first message, and says when none came', async () => {
    const waiting = as('W2', 'inbox', '--wait', '--json');
    stage.publish({ t: 'tell', to: 'W2', text: 'now', by: 'W1' });
    expect(messages(await waiting)).toMatchObject([{ text: 'now' }]);
    expect(await as('W2', 'inbox', '--wait', '50ms')).toMatchObject({
      code: 4,
      err: expect.stringContaining('W2 was told nothing') as string,
    });
  });

  test('follows until its worker ends', async () => {
    stage.publish({ t: 'spawn', worker: 'W2', pid: process.pid });
    const following = as('W2', 'inbox', '--follow', '--json');
    for (const text of ['one', 'two']) stage.publish({ t: 'tell', to: 'W2', text, by: 'W1' });
    stage.publish({ t: 'exit', worker: 'W2', code: 0 });
    const { code, out } = await following;
    expect(code).toBe(0);
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toMatchObject([{ text: 'one' }, { text: 'two' }]);
  });

  test('ends with exit code 6 for a worker that was aborted, after what it was told', async () => {
    stage.publish({ t: 'spawn', worker: 'W2', pid: process.pid });
    stage.publish({ t: 'tell', to: 'W2', text: 'stop soon', by: 'W1' }, { t: 'abort', worker: 'W2', by: 'user' });
    expect(await as('W2', 'inbox')).toMatchObject({ code: 6, out: 'W1: stop soon\n' });
    expect(await as('W2', 'inbox', '--follow')).toMatchObject({ code: 6 });
  });

  test('nothing in a message can move a terminal’s cursor', async () => {
    await as('W1', 'tell', 'W2', 'a\u001b[2Jb\u202e');
    expect((await as('W2', 'inbox')).out).toBe('W1: a⟨U+001B⟩[2Jb⟨U+202E⟩\n');
  });

  test('a message to the person is shown to the person', async () => {
    await as('W1', 'tell', 'user', 'look at the third chart');
    expect(stage.state().notices).toMatchObject([{ text: 'W1 tells you: look at the third chart', worker: 'W1' }]);
  });
});
