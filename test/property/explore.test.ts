/**
 * Every interleaving and every crash of small worlds over the real fold and the real decisions. Larger worlds are in
 * test/long/explore.test.ts.
 */
import { describe, expect, test } from 'vitest';
import { ballotWorld, withoutVoters } from '#test/property/explore/ballots.ts';
import { blockWorld, flagWorld } from '#test/property/explore/blocks.ts';
import { everything, withFirstConditionOnly, withOneVoter } from '#test/property/explore/everything.ts';
import { informationWorld } from '#test/property/explore/information.ts';
import { lockWorld, withoutSeen } from '#test/property/explore/locks.ts';
import { expectNoViolation, violationIn } from '#test/property/explore/report.ts';

describe('in every state of a small world', () => {
  test('a published block is obeyed and stays armed while it is active', () => {
    expectNoViolation(blockWorld({ informs: false }));
    expectNoViolation(blockWorld({ hooks: 1 }));
  });
  test("a person's flag is obeyed, logged, and only then removed", () => expectNoViolation(flagWorld({})));
  test('information is printed once', () => {
    expectNoViolation(informationWorld({ writers: 1, gated: ['PostToolUse', 'PostToolBatch'] }));
    expectNoViolation(informationWorld({ hooks: 1 }));
  });
  test('a lock has one holder, in the order of asking, and a renewal counts', () => {
    expectNoViolation(lockWorld({ renews: [true, false] }));
  });
  test('a ballot is decided once, by its voters, with its quorum', () => {
    expectNoViolation(ballotWorld({ changes: false, crashes: 0 }));
    expectNoViolation(ballotWorld({ stranger: false, changes: false }));
  });
  test('all of it together, in the nearest states', () => {
    expectNoViolation(everything({ hooks: 1, crashes: 0, expires: false }), 40_000);
    expectNoViolation(everything({}), 40_000);
  });
});

describe('a deliberate fault is found', () => {
  test('a hook that prints without reading back', () => {
    const broken = 'prints without reading back';
    expect(violationIn(informationWorld({ writers: 1, broken }))).toBe(
      'the information of W1 was printed by H1 and H2',
    );
  });
  test('a hook that marks as delivered what it has not printed yet', () => {
    const broken = 'confirms before it prints';
    expect(violationIn(informationWorld({ writers: 1, hooks: 1, broken }))).toBe(
      'the information of W1 was lost with H1',
    );
  });
  test('a hook that looks for flags only after it has read the log', () => {
    const broken = 'looks for flags after reading';
    expect(violationIn(flagWorld({ broken }))).toMatch(/^H[12] refused a call in spite of an existing flag$/);
  });
  test('a fold that ignores which renewal an expiry has seen', () => {
    expect(violationIn(lockWorld({ renews: [true, false], reading: withoutSeen }))).toMatch(/had seen 0 undid it$/);
  });
  test('a fold that ends a block, or decides, too early, among all the others', () => {
    expect(violationIn(everything({ reading: withFirstConditionOnly }))).toBe(
      'the block ended before its conditions were met',
    );
    expect(violationIn(everything({ reading: withOneVoter }))).toBe('decided to proceed by 1 of 2');
  });
  test('a fold without the list of voters', () => {
    expect(violationIn(ballotWorld({ stranger: false, reading: withoutVoters }))).toMatch(/it must be/);
  });
});
