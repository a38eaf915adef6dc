import type { JSX } from 'preact';
import type { BallotView } from '#protocol/viewModel.ts';
import { ConfirmButton } from '#webview/components/button.tsx';
import { Icon } from '#webview/components/icon.tsx';
import { usePanelActions } from '#webview/host/panelActions.ts';
import { shortText } from '#webview/components/plainText.ts';
import { memo } from '#webview/components/memo.ts';
import { RovingList, RovingRow } from '#webview/components/rovingList.tsx';
import { Section } from '#webview/components/section.tsx';
import { strings } from '#webview/host/strings.ts';
import { UserText, ExpandableText } from '#webview/components/text.tsx';
import { Countdown } from '#webview/components/time.tsx';

/** What the workers decide together, and how it stands. */
export function BallotList({ ballots }: { ballots: readonly BallotView[] }): JSX.Element | null {
  if (ballots.length === 0) return null;
  return (
    <Section name="votes" count={ballots.length}>
      {() => (
        <RovingList label={strings.votes} keys={ballots.map((ballot) => ballot.name)}>
          {ballots.map((ballot) => (
            <BallotRow key={ballot.name} ballot={ballot} />
          ))}
        </RovingList>
      )}
    </Section>
  );
}

const BallotRow = memo(function BallotRow({ ballot }: { ballot: BallotView }): JSX.Element {
  const { decided, deadlineTs } = ballot;
  return (
    <RovingRow
      id={ballot.name}
      label={shortText(ballot.question ?? ballot.name, 160)}
      class="stacked"
      data={{ 'data-ballot': ballot.name }}
    >
      <Icon name={decided ? 'pass' : 'vote'} tone={decided ? 'good' : 'quiet'} />
      <div class="stacked-body">
        <div class="wrap-line">
          <UserText text={ballot.name} class="strong" />
          <span class="dim">
            {ballot.expected === undefined ? strings.cast(ballot.cast) : strings.castOf(ballot.cast, ballot.expected)}
            {ballot.quorum !== undefined && ` · ${strings.quorum(ballot.quorum)}`}
          </span>
          {!decided && deadlineTs !== undefined && (
            <Countdown ts={deadlineTs} text={strings.deadlineIn} over={strings.dueNow} class="dim" />
          )}
        </div>
        {ballot.question !== undefined && <ExpandableText text={ballot.question} class="words" />}
        <Bars ballot={ballot} />
        <Votes ballot={ballot} />
        {decided ? (
          <div class="words">
            <UserText text={strings.decided(decided.decision)} class="strong" />{' '}
            <UserText
              text={[decided.why, decided.by && strings.decidedBy(decided.by)].filter(Boolean).join(' · ')}
              class="dim"
            />
          </div>
        ) : (
          <OwnVote ballot={ballot} />
        )}
      </div>
    </RovingRow>
  );
});

/** Each option's votes on one scale, with the quorum as a line across. */
function Bars({ ballot }: { ballot: BallotView }): JSX.Element {
  const most = Math.max(...ballot.options.map(({ voters }) => voters.length), 0);
  const scale = Math.max(ballot.expected ?? 0, ballot.quorum ?? 0, most, 1);
  return (
    <div class="bars">
      {ballot.options.map(({ option, voters }) => (
        <div key={option} class="bar-line" data-option={option}>
          <UserText text={option} class="bar-name" />
          <div class="bar" role="img" aria-label={strings.optionBar(shortText(option, 60), voters.length)}>
            <div class="bar-fill" style={{ width: `${(100 * voters.length) / scale}%` }} />
            {ballot.quorum !== undefined && (
              <div class="quorum-line" style={{ insetInlineStart: `${(100 * ballot.quorum) / scale}%` }} />
            )}
          </div>
          <span class="bar-count">{voters.length}</span>
        </div>
      ))}
    </div>
  );
}

function Votes({ ballot }: { ballot: BallotView }): JSX.Element {
  return (
    <ul class="votes">
      {ballot.votes.map(({ worker, decision, reason }) => (
        <li key={worker}>
          <UserText text={strings.voted(worker, decision)} />{' '}
          {reason !== undefined && <ExpandableText text={reason} class="dim" />}
        </li>
      ))}
    </ul>
  );
}

/** The person's own voice; it may decide, so it is asked for twice. */
function OwnVote({ ballot }: { ballot: BallotView }): JSX.Element | null {
  const { session, mayAct } = usePanelActions();
  if (!mayAct) return null;
  return (
    <div class="actions">
      {ballot.options.map(({ option }) => (
        <ConfirmButton
          key={option}
          action="vote"
          text={strings.voteFor(shortText(option, 40))}
          question={strings.confirmVote(shortText(option, 40))}
          intent={{ action: 'castVote', session, ballot: ballot.name, decision: option }}
        />
      ))}
    </div>
  );
}
