import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  allHere,
  isToken,
  keptSubjects,
  parseSubject,
  streamName,
  subjectText,
  toSeat,
  type Subject,
} from '#core/machines/subjects.ts';

const token = fc.stringMatching(/^[A-Za-z0-9_-]{1,20}$/).filter((text) => text !== '_');
const subject: fc.Arbitrary<Subject> = fc.oneof(
  fc.record({ kind: fc.constantFrom('log' as const, 'ask' as const), seat: token, session: token }),
  fc.record({
    kind: fc.constantFrom(...(['up', 'out', 'nudge', 'nack', 'get', 'piece'] as const)),
    seat: token,
    session: token,
    machine: token,
  }),
  fc.record({ kind: fc.constant('marks' as const), seat: token }),
  fc.record({ kind: fc.constant('here' as const), machine: token }),
  fc.constant({ kind: 'who' as const }),
);

test('a subject is taken apart into what it was made of', () => {
  fc.assert(
    fc.property(token, subject, (space, each) => {
      expect(parseSubject(space, subjectText(space, each))).toEqual(each);
    }),
  );
});

test('what is no token becomes no part of a subject', () => {
  for (const bad of ['', 'a.b', '*', '>', 'a b', 'a\n', 'é', 'x'.repeat(129)]) {
    expect(isToken(bad), JSON.stringify(bad)).toBe(false);
    expect(() => subjectText('t', { kind: 'log', seat: bad, session: 's' })).toThrow('not a part of a subject');
    expect(() => subjectText(bad, { kind: 'who' })).toThrow();
    expect(() => toSeat('t', 'up', bad)).toThrow();
  }
});

test('a subject of another space, kind or length is none', () => {
  for (const text of [
    'fermata.u.log.laptop.s',
    'fermata.t.log.laptop',
    'fermata.t.log.laptop.s.gpu1',
    'fermata.t.constructor.laptop.s',
    'fermata.t.up.laptop.s.*',
    'fermata.t.up.laptop._.gpu1',
    'fermata.t.log.laptop._',
    'other.t.who',
    '',
  ])
    expect(parseSubject('t', text), text).toBeUndefined();
});

test('the names of the stream and the patterns', () => {
  expect(streamName('t')).toBe('FERMATA_t');
  expect(keptSubjects('t')).toEqual(['fermata.t.log.>', 'fermata.t.up.>', 'fermata.t.out.>']);
  expect(toSeat('t', 'up', 'laptop')).toBe('fermata.t.up.laptop.>');
  expect(allHere('t')).toBe('fermata.t.here.*');
  expect(subjectText('t', { kind: 'marks', seat: 'laptop' })).toBe('fermata.t.up.laptop._.laptop');
});
