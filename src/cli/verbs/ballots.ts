import { quorumOf } from '#core/fold/ballots.ts';
import type { Ballot, SessionState } from '#protocol/state.ts';
import { isWorkerId } from '#protocol/ids.ts';
import { assertDecides, notArrived } from '#cli/arrival.ts';
import { callerOf, logOf, publishAndRefresh } from '#cli/caller.ts';
import { originOf } from '#cli/origin.ts';
import { assertMayPublish } from '#cli/permission.ts';
import { print } from '#cli/output.ts';
import { checkedName, durationOption } from '#cli/args.ts';
import { EXIT, refused, usage } from '#cli/exit.ts';
import { flagOption, textOption, type Call, type Verb } from '#cli/verb.ts';
import { waitTimeout, waitUntil } from '#cli/waiting.ts';
import { publishExpiries } from '#core/session/expiries.ts';

const splitList = (text: string | undefined): string[] | undefined =>
  text
    ?.split(',')
    .map((part) => part.trim())
    .filter(Boolean);

export const ballot: Verb = {
  name: 'ballot',
  summary: 'Open a ballot',
  args: ['NAME'],
  usage: 'NAME [--question TEXT] [--quorum N] [--voters W1,W2] [--rule R] [--options A,B] [--deadline D]',
  options: {
    question: textOption('TEXT', 'what is decided'),
    quorum: textOption('N', 'votes that must be cast; default: more than half of the voters'),
    voters: textOption('W1,W2', 'who may vote; default: everybody'),
    rule: textOption('R', 'majority (default), unanimous, or the share of votes that "proceed" needs, as 0.66'),
    options: textOption('A,B', 'what can be voted for; default: proceed, abort'),
    deadline: textOption('D', 'undecided after this time it is an abort'),
  },
  examples: ['fermata ballot ship --question "Ship it?" --quorum 2 --voters W1,W2,W3'],
  run: (call, arg) => {
    const name = checkedName(arg, 'NAME');
    const quorum = call.text('quorum');
    if (quorum !== undefined && !/^[1-9]\d*$/.test(quorum)) throw usage('--quorum must be a whole number from 1');
    const voters = splitList(call.text('voters'));
    const invalid = voters?.find((v) => !isWorkerId(v));
    if (invalid !== undefined) throw usage(`"${invalid}" cannot be the name of a worker`);
    const log = logOf(call);
    const open = log.state.ballots.get(name);
    if (open?.opened === true && open.decided === undefined) throw refused(`the ballot ${name} is open already`);
    const fields = {
      question: call.text('question'),
      quorum: quorum === undefined ? undefined : Number(quorum),
      voters,
      rule: ruleOf(call.text('rule')),
      options: splitList(call.text('options')),
      deadlineMs: durationOption(call, 'deadline'),
      by: callerOf(call, log),
    };
    const event = { t: 'ballot', ballot: name, ...fields } as const;
    if (!log.readOnly) assertMayPublish(log.state, originOf(call.io, log), event);
    publishAndRefresh(call, log, event);
    const decidable = quorum !== undefined || voters !== undefined;
    print(call, decidable ? '' : `note: without --quorum or --voters ${name} is only counted, never decided`, {
      ballot: name,
    });
  },
};

function ruleOf(text: string | undefined): string | number | undefined {
  if (text === undefined || text === 'majority' || text === 'unanimous') return text;
  const share = Number(text);
  if (!(share > 0 && share <= 1)) throw usage('--rule must be majority, unanimous, or a share such as 0.66');
  return share;
}

export const vote: Verb = {
  name: 'vote',
  summary: 'Vote; a vote may be changed until the ballot is decided',
  args: ['a decision'],
  usage: 'proceed|abort|… [--ballot NAME] [--reason TEXT]',
  options: {
    ballot: textOption('NAME', 'which ballot; default "default"'),
    reason: textOption('TEXT', 'why'),
  },
  examples: ['fermata vote proceed', 'fermata vote abort --ballot ship --reason "two tests fail"'],
  run: async (call, arg) => {
    const decision = checkedName(arg, 'a decision');
    const name = checkedName(call.text('ballot') ?? 'default', '--ballot');
    const log = logOf(call);
    const worker = callerOf(call, log);
    const before = log.state.ballots.get(name);
    if (before?.decided !== undefined)
      throw refused(`${name} is decided already: ${before.decided.decision} (${before.decided.why})`);
    if (before?.options !== undefined && !before.options.includes(decision))
      throw usage(`${name} is a choice of ${before.options.join(', ')}`);
    publishAndRefresh(call, log, { t: 'vote', worker, decision, ballot: name, reason: call.text('reason') });
    const pending = await notArrived(log);
    if (pending !== undefined) return print(call, pending, { ballot: name, pending: true });
    const after = log.state.ballots.get(name);
    if (after?.votes.get(worker)?.decision !== decision)
      throw refused(`the vote of ${worker} does not count in ${name}: it is not one of its voters, or has ended`);
    print(call, tallyText(after), tallyJson(after));
  },
};

export const tally: Verb = {
  name: 'tally',
  summary: 'Count the votes of a ballot, or wait for its decision',
  args: ['[NAME]'],
  usage: '[NAME] [--wait] [--timeout D]',
  options: {
    wait: flagOption('wait until it is decided; exit code 1 if the decision is abort'),
    timeout: textOption('D', 'how long to wait'),
  },
  examples: ['fermata tally', 'fermata tally ship --wait && ./deploy.sh'],
  run: async (call, arg = 'default') => {
    const name = checkedName(arg, 'NAME');
    const log = logOf(call);
    assertDecides(log);
    publishExpiries(log, call.io.now());
    log.refresh();
    const wait = call.flag('wait');
    const known = wait ? await awaitDecision(call, name) : log.state.ballots.get(name);
    if (known === undefined) throw refused(`there is no ballot ${name}`);
    print(call, tallyText(known), tallyJson(known));
    return wait && known.decided?.decision === 'abort' ? EXIT.refused : EXIT.ok;
  },
};

function awaitDecision(call: Call, name: string): Promise<Ballot> {
  const decided = (state: SessionState): Ballot | undefined => {
    const known = state.ballots.get(name);
    return known?.decided === undefined ? undefined : known;
  };
  return waitUntil(call, logOf(call), `${name} is not decided`, decided, waitTimeout(call));
}

function tallyText(known: Ballot): string {
  const votes = [...known.votes].map(([worker, v]) => `${worker} ${v.decision}`).join(', ') || 'no votes';
  const quorum = quorumOf(known);
  const result =
    known.decided === undefined ? 'not decided' : `decided: ${known.decided.decision} (${known.decided.why})`;
  return `${known.name}: ${votes}${quorum === undefined ? '' : `; quorum ${quorum}`}; ${result}`;
}

function tallyJson(known: Ballot): Record<string, unknown> {
  return {
    ballot: known.name,
    quorum: quorumOf(known) ?? null,
    votes: Object.fromEntries([...known.votes].map(([worker, v]) => [worker, v.decision])),
    decided: known.decided?.decision ?? null,
    why: known.decided?.why ?? null,
  };
}
