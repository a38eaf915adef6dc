/**
 * Every interleaving and every crash of small worlds over the real fold and the real decisions. What takes longer is
 * in test/long/explore.test.ts.
 */
import { describe, expect, test } from 'vitest';
import { ballotWorld, withoutVoters } from './explore/ballots.ts';
import { blockWorld, flagWorld } from './explore/blocks.ts';
import { everything, withoutTheRest, withOneVoter } from './explore/everything.ts';
import { explore, type Exploration } from './explore/explore.ts';
import { informationWorld } from './explore/information.ts';
import { lockWorld, withoutSeen } from './explore/locks.ts';
import { nothingWrong } from './explore/report.ts';

describe('in every state of a small world', () => {
  test('a block that was said is obeyed and stays armed while it stands', () => {
    nothingWrong(blockWorld({ informs: false }));
    nothingWrong(blockWorld({ hooks: 1 }));
  });
  test("a person's flag is obeyed, logged, and only then removed", () => nothingWrong(flagWorld({})));
  test('information is printed once', () => {
    nothingWrong(informationWorld({ writers: 1, gated: ['PostToolUse', 'PostToolBatch'] }));
    nothingWrong(informationWorld({ hooks: 1 }));
  });
  test('a lock has one holder, in the order of asking, and a renewal counts', () => {
    nothingWrong(lockWorld({ renews: [true, false] }));
    nothingWrong(lockWorld({ looks: 1, crashes: 0 }));
  });
  test('a ballot is decided once, by its voters, with its quorum', () => {
    nothingWrong(ballotWorld({ changes: false, crashes: 0 }));
    nothingWrong(ballotWorld({ stranger: false, changes: false }));
    nothingWrong(ballotWorld({ stranger: false, changes: false, mistaken: true, crashes: 0 }));
  });
  test('of all of it together, the nearest ones', () => {
    nothingWrong(everything({ hooks: 1, crashes: 0, expires: false }), 40_000);
    nothingWrong(everything({}), 40_000);
  });
});

describe('what is broken on purpose is found', () => {
  const wrongIn = (exploration: Exploration): string | undefined => explore(exploration).violation?.what;

  test('a hook that lists the entries after it read the log', () => {
    const broken = 'lists after reading';
    expect(wrongIn(blockWorld({ holds: false, crashes: 0, broken }))).toBe('H2 let a call pass B1');
  });
  test('a hook that arms from what it read before it disarmed', () => {
    const broken = 'arms from an old state';
    expect(wrongIn(informationWorld({ mortal: ['W2'], broken }))).toMatch(/^note \d+ at PostToolUse is not armed$/);
  });
  test('a hook that prints without reading back', () => {
    const broken = 'prints without reading back';
    expect(wrongIn(informationWorld({ writers: 1, broken }))).toBe('what W1 said was printed by H1 and H2');
  });
  test('a fold that does not look at what an expiry has seen', () => {
    expect(wrongIn(lockWorld({ renews: [true, false], reading: withoutSeen }))).toMatch(/had seen 0 undid it$/);
  });
  test('a fold that ends a block, or decides, too early, among all the others', () => {
    expect(wrongIn(everything({ reading: withoutTheRest }))).toBe('the block ended before what it waits for');
    expect(wrongIn(everything({ reading: withOneVoter }))).toBe('decided to proceed by 1 of 2');
  });
  test('a fold that does not know who may vote', () => {
    expect(wrongIn(ballotWorld({ stranger: false, reading: withoutVoters }))).toMatch(/ought to be/);
  });
});
