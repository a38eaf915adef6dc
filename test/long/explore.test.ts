/** The worlds of test/property/explore.test.ts with more actors, more crashes and more time. */
import { describe, test } from 'vitest';
import { ballotWorld } from '../property/explore/ballots.ts';
import { blockWorld, flagWorld } from '../property/explore/blocks.ts';
import { everything } from '../property/explore/everything.ts';
import { informationWorld } from '../property/explore/information.ts';
import { lockWorld } from '../property/explore/locks.ts';
import { nothingWrong } from '../property/explore/report.ts';

describe('in every state of a larger world', () => {
  test('a block that was said is obeyed and stays armed while it stands', () => {
    nothingWrong(blockWorld({ holds: false }));
    nothingWrong(blockWorld({ informs: false, crashes: 2 }));
  });
  test("a person's flag is obeyed, logged, and only then removed", () => {
    nothingWrong(flagWorld({ holds: true, crashes: 2 }));
  });
  test('information is printed once', () => {
    nothingWrong(informationWorld({}));
    nothingWrong(informationWorld({ writers: 1, hooks: 3 }));
  });
  test('a lock has one holder, in the order of asking, and a renewal counts', () => {
    nothingWrong(lockWorld({ renews: [true, true] }));
    nothingWrong(lockWorld({ looks: 1 }));
    nothingWrong(lockWorld({ renews: [false, false, false], looks: 1, crashes: 2 }));
  });
  test('a ballot is decided once, by its voters, with its quorum', () => {
    nothingWrong(ballotWorld({}));
    nothingWrong(ballotWorld({ stranger: false, mistaken: true }));
  });
  test('three workers, a lock, a ballot, a block and a hook together', () => {
    nothingWrong(everything({ hooks: 1, crashes: 0, expires: false }));
  });
  test('the same with crashes, leases that run out and a second hook: the nearest states of very many', () => {
    nothingWrong(everything({ hooks: 1 }), 2_000_000);
    nothingWrong(everything({}), 2_000_000);
  });
});
