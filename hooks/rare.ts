/**
 * What a tool call needs at times. In hook.cjs each of these functions is loaded from programs.cjs when it is first called
 * (build/onFirstCall.mjs), so none of them may share a state with the rest of the hook but by its arguments.
 */
export { firstEntries } from '#core/base/files/folder.ts';
export { prune } from '#core/base/depth.ts';
export { shellOf } from '#core/base/gitBash.ts';
export { windowsProgram } from '#core/base/ownCommand.ts';
export { slashed } from '#core/base/windowsPath.ts';
export { hostIdentity, whereIs } from '#core/base/machine.ts';
export { onAnswer, onAsk, dropStaleAsks } from '#core/fold/asks.ts';
export { abstain, onBallot, onDecide, onExpireBallot, onVote, withdrawAbstention } from '#core/fold/ballots.ts';
export {
  addBeyond,
  changeBlock,
  mayLetPass,
  onExpireBlock,
  onResolve,
  passOnWord,
  ruleRemedy,
} from '#core/fold/blocks.ts';
export { countForeignRefusal, countStopRefusal, letPass, onDeny, onPassed } from '#core/fold/heldCalls.ts';
export { onCheckpoint } from '#core/fold/checkpoints.ts';
export { onCollision, onDismiss } from '#core/fold/collisions.ts';
export { onWatch, reevaluateSeveral } from '#core/fold/dependents.ts';
export { timeBlocks } from '#core/fold/time.ts';
export { addMissed, factsOfList } from '#core/fold/facts.ts';
export { jsonMessage } from '#core/fold/hookMessage.ts';
export { isImpossible, isListMet, isOfLargeRun, peers, stepsOfPeers } from '#core/fold/conditions.ts';
export { reasonImpossible, unsuccessful } from '#core/fold/impossible.ts';
export { countBeyondLimit, countByName, withoutLong } from '#core/fold/limits.ts';
export { holdersOf, isHeld } from '#core/fold/lockTree.ts';
export { dropConductorLocks, dropLocksOf, onAcquire, onExpireLock, onRelease } from '#core/fold/locks.ts';
export { dropOldest, forgetDelivered, onHandoff, onTell, skipNote } from '#core/fold/notes.ts';
export { onPrompt } from '#core/fold/prompts.ts';
export { ringReason } from '#core/fold/stuck.ts';
export { onConsent, onPlan } from '#core/fold/plans.ts';
export { failIfUnstartable, onAbort, onDone, onError, onExit, revive } from '#core/fold/workers.ts';
export { onUsage } from '#core/fold/usage.ts';
export { fromUtf16 } from '#core/log/lineReader.ts';
export { isWatched, passesOf, passOf, pendingNotes, unjudged } from '#core/policy/activeBlocks.ts';
export { fitsAgent } from '#core/policy/match/agent.ts';
export { fitsPath } from '#core/policy/match/callPath.ts';
export { wildcard } from '#core/policy/match/glob.ts';
export { doubtText, othersText } from '#core/policy/reason.ts';
export { isLikeFrame, neutralText } from '#core/policy/modelText.ts';
export { describeWorkers, stuckText } from '#core/projection/describe.ts';
export { disarm } from '#core/session/armed.ts';
export { claimedNotes, claimEvents, deliveredEvents, isClaimable } from '#core/session/claims.ts';
export { originalDir } from '#core/session/folder.ts';
export { consumeFlags } from '#core/session/flags.ts';
export { firstError } from '#protocol/compileValidator.ts';
export { dropFrom } from '#protocol/dropInvalid.ts';
export { rareFields } from '#protocol/parseEvent.ts';
export { deliver } from '#hooks/delivery.ts';
export { dialogDecision, isTakenByExitCode } from '#hooks/reply.ts';
