import type { Intent } from '#protocol/messages.ts';
import type { CommandName } from '#extension/base/ids.ts';

type Action = CommandName | Intent['action'];

/** What is done to a session as it stands. */
const MUTATIONS: ReadonlySet<Action> = new Set<Action>([
  'release',
  'releaseAll',
  'abortWorker',
  'abortSession',
  'pause',
  'resume',
  'sendMessage',
  'answerPermission',
  'castVote',
  'breakLock',
  'dismiss',
  'startPlan',
  'refusePlan',
]);

/** What moves about in the past: many times a second, and nothing but the panel has to be drawn for it. */
const NAVIGATIONS: ReadonlySet<Action> = new Set<Action>(['replay', 'replayJump', 'replayPlay']);

/** Whether it changes something, which nothing can that is past. Pure. */
export const isMutation = (action: Action): boolean => MUTATIONS.has(action);

/** Whether it only goes to another moment. Pure. */
export const isNavigation = (action: Action): boolean => NAVIGATIONS.has(action);
