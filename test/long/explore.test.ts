/** The worlds of test/property/explore.test.ts with more actors, more crashes and more time. */
import { describe, expect, test } from 'vitest';
import { ballotWorld } from '#test/property/explore/ballots.ts';
import { blockWorld, flagWorld } from '#test/property/explore/blocks.ts';
import { everything } from '#test/property/explore/everything.ts';
import { informationWorld } from '#test/property/explore/information.ts';
import { lockWorld } from '#test/property/explore/locks.ts';
import { expectNoViolation, violationIn } from '#test/property/explore/report.ts';

describe('in every state of a larger world', () => {
  test('a published block is obeyed and stays armed while it is active', () => {
    expectNoViolation(blockWorld({ holds: false }));
    expectNoViolation(blockWorld({ informs: false, crashes: 2 }));
  });
  test("a person's flag is obeyed, logged, and only then removed", () => {
    expectNoViolation(flagWorld({ holds: true, crashes: 2 }));
  });
  test('information is printed once', () => {
    expectNoViolation(informationWorld({}));
    expectNoViolation(informationWorld({ writers: 1, hooks: 3 }));
  });
  test('a lock has one holder, in the order of the requests, and a renewal counts', () => {
    expectNoViolation(lockWorld({ renews: [true, true] }));
    expectNoViolation(lockWorld({ passes: 1 }));
    expectNoViolation(lockWorld({ renews: [false, false, false], passes: 1, crashes: 2 }));
  });
  test('a ballot is decided once, by its voters, with its quorum', () => {
    expectNoViolation(ballotWorld({}));
    expectNoViolation(ballotWorld({ stranger: false, mistaken: true }));
  });
  test('three workers, a lock, a ballot, a block and a hook together', () => {
    expectNoViolation(everything({ hooks: 1, crashes: 0, expires: false }));
  });
  test('the same with crashes, leases that run out and a second hook: the nearest of very many states', () => {
    expectNoViolation(everything({ hooks: 1 }), 2_000_000);
    expectNoViolation(everything({}), 2_000_000);
  });
});

describe('a deliberate fault is found', () => {
  test('a hook that lists the entries after it read the log', () => {
    const broken = 'lists after reading';
    expect(violationIn(blockWorld({ holds: false, crashes: 0, broken }))).toBe('H2 let a call pass B1');
  });
  test('a hook that arms from the state before it disarmed', () => {
    const broken = 'arms from an old state';
    expect(violationIn(informationWorld({ mortal: ['W2'], broken }))).toMatch(/^note \d+ at PostToolUse is not armed$/);
  });
});
