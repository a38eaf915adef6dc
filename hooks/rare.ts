/**
 * What a tool call needs at times. In hook.cjs each of these functions is loaded from programs.cjs when it is first called
 * (build/onFirstCall.mjs), so none of them may share a state with the rest of the hook but by its arguments.
 *
 * What folds events and delivers notes is not here: where agents report, a call finds events of several kinds behind its
 * snapshot, and to load another file for them would take a fifth of its time.
 */
export { firstEntries } from '#core/base/files/folder.ts';
export { prune } from '#core/base/depth.ts';
export { shellOf } from '#core/base/gitBash.ts';
export { windowsProgram } from '#core/base/ownCommand.ts';
export { slashed } from '#core/base/windowsPath.ts';
export { describeLimit } from '#core/fold/limitConditions.ts';
export { timeBlocks } from '#core/fold/time.ts';
export { jsonMessage } from '#core/fold/hookMessage.ts';
export { reasonImpossible, unsuccessful } from '#core/fold/impossible.ts';
export { countBeyondLimit, countByName, withoutLong } from '#core/fold/limits.ts';
export { ringReason } from '#core/fold/stuck.ts';
export { fromUtf16 } from '#core/log/lineReader.ts';
export { passesOf, passOf } from '#core/policy/activeBlocks.ts';
export { fitsAgent } from '#core/policy/match/agent.ts';
export { fitsPath } from '#core/policy/match/callPath.ts';
export { wildcard } from '#core/policy/match/glob.ts';
export { doubtText, othersText } from '#core/policy/reason.ts';
export { limitedBlock } from '#core/policy/limitedBlock.ts';
export { sweepBlock } from '#core/policy/sweepBlock.ts';
export { isLikeFrame, neutralText } from '#core/policy/modelText.ts';
export { describeProofs, describeWorkers, stuckText } from '#core/projection/describe.ts';
export { uncommittedText } from '#core/projection/uncommittedText.ts';
export { originalDir } from '#core/session/folder.ts';
export { consumeFlags } from '#core/session/flags.ts';
export { firstError } from '#protocol/compileValidator.ts';
export { dropFrom } from '#protocol/dropInvalid.ts';
export { takesOfCommand } from '#hooks/gitSweeps.ts';
export { dialogDecision, isTakenByExitCode } from '#hooks/reply.ts';
