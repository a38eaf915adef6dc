import type { JSX } from 'preact';
import type { BallotView } from '#protocol/viewModel.ts';
import { useNameOf } from '#webview/components/agentName.tsx';
import { ConfirmButton } from '#webview/components/button.tsx';
import { MachineChip } from '#webview/components/machineChip.tsx';
import { shortText } from '#webview/components/plainText.ts';
import { ListSection, StackedRow } from '#webview/components/section.tsx';
import { ExpandableText, UserText } from '#webview/components/text.tsx';
import { Countdown } from '#webview/components/time.tsx';
import { memo } from '#webview/host/memo.ts';
import { usePanelActions } from '#webview/host/panelActions.ts';
import { strings } from '#webview/host/strings.ts';

/** The decisions that workers vote on. */
export function BallotList({ ballots }: { ballots: readonly BallotView[] }): JSX.Element | null {
  return <ListSection name="votes" items={ballots} keyOf={({ name }) => name} Row={BallotRow} />;
}

const BallotRow = memo(function BallotRow({ item: ballot }: { item: BallotView }): JSX.Element {
  const { name, question, expected, cast, quorum, decided, deadlineTs } = ballot;
  const nameOf = useNameOf();
  return (
    <StackedRow
      kind="ballot"
      name={name}
      label={shortText(question ?? name, 160)}
      icon={decided ? { name: 'pass', tone: 'good' } : { name: 'vote', tone: 'quiet' }}
      head={
        <>
          <span class="dim">
            {expected === undefined ? strings.cast(cast) : strings.castOf(cast, expected)}
            {quorum !== undefined && ` · ${strings.quorum(quorum)}`}
          </span>
          {!decided && deadlineTs !== undefined && (
            <Countdown ts={deadlineTs} text={strings.deadlineIn} over={strings.dueNow} class="dim" />
          )}
        </>
      }
    >
      {question !== undefined && <ExpandableText text={question} class="clamped" />}
      <Bars ballot={ballot} />
      <ul>
        {ballot.votes.map(({ worker, decision, reason, machine }) => (
          <li key={worker}>
            <UserText text={strings.voted(nameOf(worker), decision)} /> <MachineChip machine={machine} />{' '}
            {reason !== undefined && <ExpandableText text={reason} class="dim" />}
          </li>
        ))}
      </ul>
      {decided ? (
        <div class="clamped">
          <UserText text={strings.decided(decided.decision)} class="strong" />{' '}
          <UserText text={reasonOf(decided, nameOf)} class="dim" />
        </div>
      ) : (
        <DecisionButtons ballot={ballot} />
      )}
    </StackedRow>
  );
});

/** Why a ballot is decided: by a person or a worker without the votes, or by these. */
const reasonOf = ({ by, why }: NonNullable<BallotView['decided']>, nameOf: (id: string) => string): string =>
  by === undefined ? why : by === 'user' ? strings.decidedByYou : strings.decidedBy(nameOf(by));

/** The votes for each option on one scale, with the quorum as a line across. */
function Bars({ ballot: { options, expected, quorum } }: { ballot: BallotView }): JSX.Element {
  const scale = Math.max(1, expected ?? 0, quorum ?? 0, ...options.map(({ voters }) => voters.length));
  return (
    <div class="bars">
      {options.map(({ option, voters }) => (
        <div key={option} class="bar-line" data-option={option}>
          <UserText text={option} class="cut" />
          <div class="bar" role="img" aria-label={strings.optionBar(shortText(option, 60), voters.length)}>
            <div class="bar-fill" style={{ width: `${(100 * voters.length) / scale}%` }} />
            {quorum !== undefined && (
              <div class="quorum-line" style={{ insetInlineStart: `${(100 * quorum) / scale}%` }} />
            )}
          </div>
          <span class="bar-count">{voters.length}</span>
        </div>
      ))}
    </div>
  );
}

/** How many of those who have not voted a question names. */
const MAX_NAMED = 6;

/** The person decides without the votes that are missing, so each button asks for confirmation. */
function DecisionButtons({ ballot }: { ballot: BallotView }): JSX.Element | null {
  const { session, mayAct } = usePanelActions();
  if (!mayAct) return null;
  const { missing = [], name } = ballot;
  const named = missing.slice(0, MAX_NAMED).map((voter) => shortText(voter, 40));
  const list = missing.length > MAX_NAMED ? `${named.join(', ')}, …` : named.join(', ');
  const question = missing.length === 0 ? strings.confirmDecide : strings.confirmDecideWithout(list, missing.length);
  return (
    <div class="actions">
      {ballot.options.map(({ option }) => (
        <ConfirmButton
          key={option}
          action="vote"
          text={strings.decideFor(shortText(option, 40))}
          label={strings.decideForOf(shortText(option, 40), shortText(name, 60))}
          question={question}
          intent={{ action: 'castVote', session, ballot: name, decision: option }}
        />
      ))}
    </div>
  );
}
