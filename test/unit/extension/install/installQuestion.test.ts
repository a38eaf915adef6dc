import { expect, test } from 'vitest';
import type { ShownDiff } from '#extension/editors/previews.ts';
import { InstallQuestion } from '#extension/install/installQuestion.ts';

const facts = (file: string) => ({ file, hooks: 17, rules: 2, notes: [] });

/** A diff whose tab the test closes. */
function diff() {
  let onClose = (): void => {};
  const done: string[] = [];
  const closed = new Promise<void>((resolve) => (onClose = resolve));
  const shown: ShownDiff = {
    closed,
    reveal: async () => void done.push('revealed'),
    close: async () => void done.push('closed'),
  };
  return { shown, done, closeTab: () => onClose() };
}

test('stands until it is answered, and then its diff is closed', async () => {
  let changes = 0;
  const question = new InstallQuestion(() => changes++);
  const { shown, done } = diff();
  const answer = question.ask(facts('a'), shown);
  expect(question.view).toEqual({ install: facts('a') });
  question.answer('withoutRules');
  expect(await answer).toBe('withoutRules');
  expect(question.view).toEqual({});
  expect(done).toEqual(['closed']);
  expect(changes).toBe(2);
});

test('asked again for the same file it comes to the front, and nothing is closed', async () => {
  const question = new InstallQuestion(() => {});
  const { shown, done } = diff();
  const answer = question.ask(facts('a'), shown);
  expect(await question.reveal('b')).toBe(false);
  expect(await question.reveal('a')).toBe(true);
  expect(done).toEqual(['revealed']);
  question.answer('install');
  expect(await answer).toBe('install');
  expect(await question.reveal('a')).toBe(false);
});

test('a closed diff is no', async () => {
  const question = new InstallQuestion(() => {});
  const { shown, closeTab } = diff();
  const answer = question.ask(facts('a'), shown);
  closeTab();
  expect(await answer).toBeUndefined();
  expect(question.view).toEqual({});
});

test('another question ends the first one, whose diff alone is closed', async () => {
  const question = new InstallQuestion(() => {});
  const [first, second] = [diff(), diff()];
  const answer = question.ask(facts('a'), first.shown);
  const other = question.ask(facts('b'), second.shown);
  expect(await answer).toBeUndefined();
  expect(question.view.install?.file).toBe('b');
  expect([first.done, second.done]).toEqual([['closed'], []]);
  question.answer('install');
  expect(await other).toBe('install');
});
