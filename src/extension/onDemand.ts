/**
 * What no window needs before it has a session, and many never: its projection, folds of rare events, and what reads transcripts
 * and older activity. The build makes a part of it, which is
 * loaded when one of these functions is first called (build/onFirstCall.mjs). Their modules export nothing else that is used.
 */
export {
  childrenOf,
  descendants,
  hasInEnvironment,
  processesWith,
  signalAll,
  stopTree,
} from '#core/base/processTree.ts';
export { globsOverlap, hasWildcard, splitGlob } from '#core/base/globPath.ts';
export { macBoot, macHardware } from '#core/base/macIdentity.ts';
export { hasPid, isAliveByPs, psEnvironments, psProcess, psTable } from '#core/base/psTable.ts';
export { interruptClaude, isAbortPending } from '#core/claude/interrupt.ts';
export { missingEvents, missingShells } from '#core/claude/reconcile.ts';
export { agentFacts, readMeta, subagentTranscript, workflowAgent } from '#core/claude/subagents.ts';
export {
  isWorkflowRun,
  observedRuns,
  readRun,
  runFolder,
  runOf,
  subagentsFolder,
  workflowRuns,
} from '#core/claude/workflows.ts';
export { editCollisions, missingCollision } from '#core/claude/transcript/editCollisions.ts';
export { followTranscript } from '#core/claude/transcript/sessionTranscript.ts';
export { describeCall, foldLine } from '#core/claude/transcript/fold.ts';
export { describeAsk, dropStaleAsks, isAskedHere, onAnswer, onAsk } from '#core/fold/asks.ts';
export {
  abstain,
  onBallot,
  onDecide,
  onExpireBallot,
  onVote,
  quorumOf,
  withdrawAbstention,
} from '#core/fold/ballots.ts';
export { budgetsOf, budgetText, isSpent, nextSum, onRaise } from '#core/fold/budgets.ts';
export { opensAt, reachedWindow } from '#core/fold/usedWindows.ts';
export { reachedLimits } from '#core/fold/reachedLimits.ts';
export { dropLaunch, endLaunch, launchesBefore, onLaunch } from '#core/fold/launches.ts';
export { onCheckpoint } from '#core/fold/checkpoints.ts';
export { endProofRuns, onEdited, onRan, onTree, unprovenAtEnd } from '#core/fold/proofs.ts';
export {
  countForeignRefusal,
  countStopRefusal,
  dropHeldCalls,
  letPass,
  onDeny,
  onEnforced,
  onPassed,
} from '#core/fold/heldCalls.ts';
export { hookMessage, isBlocking, jsonMessage, rewrittenInput } from '#core/fold/hookMessage.ts';
export { reasonImpossible, unsuccessful, whyImpossible } from '#core/fold/impossible.ts';
export { addLock, holdersOf, isHeld, overlappingLocks, removeLock, searchOverlapping } from '#core/fold/lockTree.ts';
export { dropConductorLocks, dropLocksOf, onAcquire, onExpireLock, onRelease } from '#core/fold/locks.ts';
export { onConsent, onPlan } from '#core/fold/plans.ts';
export {
  awaitedMerges,
  isMergePending,
  mergeKey,
  mergeName,
  mergeReadings,
  mergeReceipt,
  mergesOf,
} from '#core/fold/mergePairs.ts';
export { onMergeable } from '#core/fold/merges.ts';
export { onUncommitted } from '#core/fold/uncommitted.ts';
export { onUsage } from '#core/fold/usage.ts';
export { onWatch, reevaluateDependents, reevaluateSeveral } from '#core/fold/dependents.ts';
export { abortText, free, restStopped, settleStop, stop } from '#core/fold/stoppedAgents.ts';
export { eventsBefore } from '#core/log/eventsBefore.ts';
export { ringOf, awaitedBy } from '#core/fold/rings.ts';
export { boardOf } from '#core/projection/board.ts';
export { describeCollision, withWindowNames } from '#core/projection/windowNames.ts';
export { activityView, describeEvent } from '#core/projection/describeEvent.ts';
export { blockView, sessionView, toViewModel } from '#core/projection/toViewModel.ts';
export { pause, pausedAgents, pauseOf } from '#core/session/pause.ts';
export { consumeAnswer, consumeFlags, publishCommand, raiseAnswer, raiseFlag, readFlags } from '#core/session/flags.ts';
export { reachOf } from '#core/session/reach.ts';
export { machineLink } from '#extension/sessions/machineLink.ts';
export { viewTexts, wordingOf } from '#extension/base/viewTexts.ts';
export { conductorStateLabel, describeSession, workerStateLabel } from '#extension/status/describeSession.ts';
export { describeNeedsYou } from '#extension/status/needs.ts';
export { dueNews } from '#extension/status/news.ts';
export { offerRing } from '#extension/status/ringQuestion.ts';
