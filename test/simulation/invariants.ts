import type { CommandFact, HookFact } from './facts.ts';
import { DIR, HOME, PRECIOUS, PROJECT, type World } from './world.ts';

/** What holds in every run: the violation in words, if there is one. */
export type Invariant = (world: World) => string | undefined;

const nameOf = ({ process, file, event }: HookFact): string =>
  `${process.label} (${event} ${file?.slice(PROJECT.length + 1) ?? ''})`;

/** Whether a step may end blocks of `worker`. */
function mayEndBlock(command: CommandFact, block: CommandFact): boolean {
  const { step, actor } = command;
  if (step.op === 'releaseAll' || step.op === 'flag' || step.op === 'abort') return true;
  if (actor !== block.actor) return false;
  if (step.op === 'unblock' || step.op === 'done') return true;
  return step.op === 'block' && step.key !== undefined && block.step.op === 'block' && step.key === block.step.key;
}

/** A flag counts when a hook finds it. */
const effectUntil = ({ step, ended = Infinity }: CommandFact): number => (step.op === 'flag' ? Infinity : ended);

/** The time of a block that has one. */
const SHORT_MS = 2000;

const isCall = ({ event }: HookFact): boolean => event === 'PreToolUse';

/**
 * A call passed although a block of that file had been confirmed before it, and nothing that could end the block had begun
 * when it was answered. Known from the commands alone: no log is believed for it.
 */
const noCallPassedABlockThatStood: Invariant = ({ facts, schedule }) => {
  for (const hook of facts.hooks) {
    if (!isCall(hook) || hook.denied || hook.ended === undefined) continue;
    // without fail-closed what Fermata cannot look at passes, on purpose
    if (hook.faulty && !schedule.failClosed) continue;
    for (const block of facts.commands) {
      if (block.step.op !== 'block' || block.step.at !== 'PreToolUse') continue;
      if (block.step.until !== undefined) continue;
      if (block.step.ttl !== undefined && (facts.clockWasSet || (hook.endedMs ?? 0) > block.beganMs + SHORT_MS))
        continue;
      if (block.confirmed === undefined || block.confirmed >= hook.began) continue;
      if (block.step.file !== undefined && `${PROJECT}/${block.step.file}` !== hook.file) continue;
      if (
        facts.commands.some(
          (each) => mayEndBlock(each, block) && each.began <= (hook.ended ?? 0) && effectUntil(each) >= block.began,
        )
      )
        continue;
      return `${nameOf(hook)} passed the block of ${block.actor} (${block.process.label}), which was confirmed before it and stood`;
    }
  }
  return undefined;
};

/** The blocks by which an answer refuses. */
const namedBlocks = (reason: string): string[] =>
  [...reason.matchAll(/\[Fermata (B\d+)/g)].flatMap(([, id]) => id ?? []);

/** Whether a command has certainly ended a block before a call: both were confirmed in that order, and it means that block. */
function hasCertainlyEnded(block: CommandFact, hook: HookFact, { facts }: World): boolean {
  const { confirmed, endedMs, actor, step } = block;
  if (confirmed === undefined || endedMs === undefined) return false;
  // without a time of its own a line counts from the next one of a hook on
  const isRead = (before: HookFact): boolean =>
    before.began > confirmed && !before.faulty && hook.beganMs > (before.endedMs ?? Infinity) + SHORT_MS;
  if (step.op === 'echo' && step.line === 'ahead')
    return !facts.clockWasSet && facts.hooks.some((each) => each.denied && isRead(each));
  if (step.op !== 'block') return false;
  if (step.ttl !== undefined && !facts.clockWasSet && hook.beganMs > endedMs + SHORT_MS) return true;
  return facts.commands.some((each) => {
    if (each.confirmed === undefined || each.confirmed >= hook.began || each.began <= confirmed) return false;
    // a flag counts as soon as it is there, for whatever hook finds it
    return (
      each.step.op === 'releaseAll' || each.step.op === 'flag' || (each.step.op === 'unblock' && each.actor === actor)
    );
  });
}

/** A refusal names a block that has a cause in the log, and that had not ended before the call began. */
const noBlockWithoutItsCauseOrBeyondItsEnd: Invariant = (world) => {
  const { facts, reference } = world;
  for (const hook of facts.hooks) {
    if (!hook.denied || hook.ended === undefined) continue;
    const ids = namedBlocks(hook.reason);
    const isByFailure =
      hook.reason.includes('Fermata failed') ||
      (hook.process.ended?.code !== 0 && hook.process.ended?.code !== 2) ||
      hook.reason.includes('is set to refuse');
    if (ids.length === 0 && !isByFailure) return `${nameOf(hook)} was refused without a block: ${hook.reason}`;
    for (const id of ids) {
      const block = reference.state.blocks.get(id);
      if (block === undefined) return `${nameOf(hook)} was refused by ${id}, which no line has made`;
      if (hook.ended0.has(id)) return `${nameOf(hook)} was refused by ${id}, which had ended before`;
    }
    const over = facts.commands.find(
      (each) => hook.reason.includes(`${each.word}\n`) && !hook.faulty && hasCertainlyEnded(each, hook, world),
    );
    if (over !== undefined)
      return `${nameOf(hook)} was refused by the block of ${over.process.label}, which had been ended before`;
  }
  return undefined;
};

const occurrences = (text: string, word: string): number => text.split(word).length - 1;

/** All that was printed for somebody: by hooks for the Conductor, by `fermata inbox` for a worker. */
function printedFor({ facts }: World, to: string): { text: string; isUncertain: boolean }[] {
  if (to === 'conductor')
    return facts.hooks.map(({ output, reason, process }) => ({
      text: output + (output === '' ? reason : ''),
      isUncertain: process.ended?.signal != null || process.hadFault || process.hadFullDisk,
    }));
  return facts.commands
    .filter(({ step, actor }) => step.op === 'inbox' && actor === to)
    .map(({ printed = '', process }) => ({
      text: printed || process.output,
      isUncertain: process.ended?.signal != null || process.hadFault || process.hadFullDisk,
    }));
}

/** Of what was printed a second print is an error, unless the process of the first could not confirm it. */
const everyInformationIsToldAtMostOnce: Invariant = (world) => {
  for (const { to, word } of world.facts.told) {
    const prints = printedFor(world, to).filter(({ text }) => text.includes(word));
    const twice = prints.find(({ text }) => occurrences(text, word) > 1);
    if (twice !== undefined) return `${word} stands twice in one answer to ${to}`;
    if (prints.filter(({ isUncertain }) => !isUncertain).length > 1) return `${word} was told ${to} twice`;
    const certain = prints.findIndex(({ isUncertain }) => !isUncertain);
    if (
      certain !== -1 &&
      certain < prints.length - 1 &&
      !prints.slice(certain + 1).some(({ isUncertain }) => isUncertain)
    )
      return `${word} was told ${to} again`;
  }
  return undefined;
};

/** What the log has for the Conductor, or was confirmed to its sender, was told at the end. */
const everyInformationIsToldAtLeastOnce: Invariant = (world) => {
  for (const { to, word, command } of world.facts.told) {
    const isInLog = world.reference.lines.some(({ event }) => JSON.stringify(event).includes(word));
    if (command.confirmed === undefined && !isInLog) continue;
    if (!isInLog) return `${word} was confirmed to ${command.actor} and is not in the log`;
    if (to !== 'conductor') continue;
    if (!printedFor(world, to).some(({ text }) => text.includes(word))) return `${word} was never told`;
  }
  return undefined;
};

/** Whatever was granted has one holder, with a token that grows: after each line of the log, and by what the commands print. */
const neverTwoExclusiveHoldersByTheToken: Invariant = ({ facts, reference }) => {
  if (reference.problem !== undefined) return reference.problem;
  const tokens = new Map<string, CommandFact>();
  for (const command of facts.commands) {
    if (command.step.op !== 'acquire' || command.confirmed === undefined) continue;
    const token = /"token":(\d+)/.exec(command.printed ?? '')?.[1] ?? '';
    const other = tokens.get(token);
    if (other !== undefined && other.actor !== command.actor)
      return `${other.actor} and ${command.actor} have db with the same token ${token}`;
    tokens.set(token, command);
  }
  return undefined;
};

/** A decision has the votes of its quorum, counted from the lines alone. */
const noBallotAgainstItsQuorum: Invariant = ({ reference, facts }) => {
  const ballot = reference.state.ballots.get('ship');
  const { decided } = ballot ?? {};
  if (decided === undefined || decided.decision !== 'proceed' || facts.foreignLines) return undefined;
  const opened = reference.lines.find(({ event }) => event['t'] === 'ballot');
  const quorum = Number(opened?.event['quorum'] ?? 0);
  const votes = new Map<string, string>();
  for (const { pos, event } of reference.lines)
    if (event['t'] === 'vote' && pos <= decided.pos) votes.set(String(event['worker']), String(event['decision']));
  const cast = [...votes.values()];
  const proceed = cast.filter((decision) => decision === 'proceed').length;
  if (cast.length < quorum) return `ship was decided by ${cast.length} votes, and its quorum is ${quorum}`;
  return proceed * 2 > cast.length ? undefined : `ship was decided to proceed by ${proceed} of ${cast.length} votes`;
};

const isEnded = (state: string): boolean => ['done', 'failed', 'aborted', 'lost'].includes(state);

/** Each planned worker has one end, its command was started once at most, and the end is the one that the command had. */
const everyWorkerIsAccountedForOnce: Invariant = ({ facts, reference }) => {
  for (const worker of reference.state.workers.values()) {
    if (worker.run === undefined) continue;
    if (!isEnded(worker.state)) return `${worker.id} is ${worker.state} at the end`;
    const runs = facts.runs.filter((run) => run.worker === worker.id);
    if (runs.length > 1) return `the command of ${worker.id} was started ${runs.length} times`;
    const [run] = runs;
    if (worker.state === 'done' && !worker.reportedDone && run?.process.ended?.code !== 0)
      return `${worker.id} counts as done, and its command ${run === undefined ? 'never ran' : 'has failed'}`;
    const hadAccident = facts.accidents.some(({ kind }) => kind === 'runner') || facts.clockWasSet || facts.diskWasFull;
    if (worker.state === 'lost' && !hadAccident) return `${worker.id} is lost, and nothing has happened to its runner`;
  }
  return undefined;
};

/** What was removed lies in the home: never a file of the person's, whatever a link leads to. */
const noDeletionOutside: Invariant = ({ facts, machine, logInode }) => {
  const outside = facts.removals.find(({ path }) => !path.startsWith(`${HOME}/`));
  if (outside !== undefined) return `${outside.by} removed ${outside.path}`;
  if (machine.disk.text(`${PRECIOUS}/letters/first.txt`) !== 'of the person')
    return `a file in ${PRECIOUS} was changed`;
  const log = machine.disk.text(`${PRECIOUS}/events.jsonl`) ?? '';
  if (log.split('\n').length !== 2) return `${PRECIOUS}/events.jsonl was written`;
  const names = machine.disk.names(PRECIOUS).join();
  if (names !== 'letters,events.jsonl') return `${PRECIOUS} has ${names}`;
  // Claude runs in it, as far as its first hook could record that
  const isRecorded = !facts.accidents.some(({ label }) => label === 'hook#1');
  return !isRecorded || logInode === undefined || machine.disk.peek(`${DIR}/events.jsonl`) === logInode
    ? undefined
    : 'the log of the session was removed';
};

/** At the end Claude alone is left, and nothing of a worker once the command that aborts it has said that it has ended. */
const noProcessIsLeft: Invariant = ({ machine, claude, facts }) => {
  const left = [...machine.processes.values(), ...facts.leftByAborted].filter((each) => each !== claude);
  return left.length === 0 ? undefined : `left: ${left.map(({ label }) => label).join(', ')}`;
};

/** What is no flag does not stay where it would open the gate at each call, or has a mark that closes it. */
const noJunkStaysAmongTheFlags: Invariant = ({ machine }) => {
  const marked = machine.disk.names(`${DIR}/flags-ignored`);
  const names = machine.disk.names(`${DIR}/flags`).filter((name) => !marked.includes(name));
  return names.length === 0 ? undefined : `flags has ${names.join(', ')} at the end`;
};

/** The snapshot with what follows it is the fold from the first byte, and what that has to answer is armed. */
const theFoldFromScratchEqualsEveryCache: Invariant = ({ machine, reference, programs, claude }) => {
  const { parts } = programs;
  let problem: string | undefined;
  claude.ready.push(() => {
    const log = new parts.SessionLog(DIR);
    log.refresh();
    if (parts.encodeState(log.state) !== parts.encodeState(reference.refresh()))
      problem = `the snapshot leads to another state than the log`;
  });
  machine.turn(claude);
  if (problem !== undefined) return problem;
  for (const event of parts.armedEvents(reference.state))
    if (machine.disk.names(`${DIR}/armed/${event}`).length === 0)
      return `${event} has something to answer and is not armed`;
  return undefined;
};

/** No program ended by an error that it did not handle. */
const noProgramFails: Invariant = ({ machine }) => machine.failures[0];

export const INVARIANTS: Record<string, Invariant> = {
  noProgramFails,
  noCallPassedABlockThatStood,
  noBlockWithoutItsCauseOrBeyondItsEnd,
  everyInformationIsToldAtMostOnce,
  everyInformationIsToldAtLeastOnce,
  neverTwoExclusiveHoldersByTheToken,
  noBallotAgainstItsQuorum,
  everyWorkerIsAccountedForOnce,
  noDeletionOutside,
  noProcessIsLeft,
  noJunkStaysAmongTheFlags,
  theFoldFromScratchEqualsEveryCache,
};
