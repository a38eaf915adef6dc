import { expect, test } from 'vitest';
import { withWindowNames } from '#core/projection/windowNames.ts';
import type { NoticeView, ViewModel } from '#protocol/viewModel.ts';
import { session, view, worker } from '#test/web/fixtures.ts';

const AT = new Date(2026, 10, 28, 9, 5).getTime();
const named = (id: string, name: string, startedTs: number, parts: Partial<ViewModel> = {}): ViewModel =>
  view({ session: session({ id, name, startedTs }), ...parts });
const namesOf = (...views: ViewModel[]): string[] => withWindowNames(views).map((each) => each.session.name);

test('sessions that share a name are told apart by their start, or by a number', () => {
  expect(namesOf(named('a', 'continue', AT), named('b', 'Other', AT), named('c', 'continue', AT + 120_000))).toEqual([
    'continue (09:05)',
    'Other',
    'continue (09:07)',
  ]);
  expect(namesOf(named('b', 'continue', AT + 1000), named('a', 'continue', AT))).toEqual([
    'continue (2)',
    'continue (1)',
  ]);
  expect(namesOf(named('a', 'shop 09:05', AT), named('b', 'shop 09:05', AT + 1000))).toEqual([
    'shop 09:05 (1)',
    'shop 09:05 (2)',
  ]);
});

test('a collision names both sides, each of which its own session alone knows', () => {
  const collision = (...agents: [string, string][]): NoticeView => ({
    id: 'n1',
    kind: 'collision',
    text: 'as the session alone knows it',
    collision: {
      path: '/p/src/cart.ts',
      file: 'src/cart.ts',
      agents: agents.map(([id, agent]) => ({ session: id, worker: agent })),
    },
  });
  const [first, second] = withWindowNames([
    named('a', 'Fix the rounding', AT, { notices: [collision(['a', 'conductor'], ['b', 'a6d156a0231cf2f7a'])] }),
    named('b', 'Other', AT, {
      workers: [worker('a6d156a0231cf2f7a', { task: 'Rename discount' })],
      notices: [collision(['b', 'x'], ['gone', 'conductor']), collision(['b', 'x'], ['b', 'conductor'])],
    }),
  ]);
  expect(first?.notices.map(({ text }) => text)).toEqual([
    'Fix the rounding and Rename discount edited src/cart.ts within ten minutes. See that neither undoes what the other did.',
  ]);
  expect(second?.notices.map(({ text }) => text.split(' edited')[0])).toEqual([
    'x and another session',
    'as the session alone knows it',
  ]);
});
