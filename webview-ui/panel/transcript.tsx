import type { JSX } from 'preact';
import type { Tokens, TranscriptView } from '#protocol/viewModel.ts';
import { ProgressBar } from '#webview/components/progressBar.tsx';
import { UserText } from '#webview/components/text.tsx';
import { Age } from '#webview/components/time.tsx';
import { language, strings } from '#webview/host/strings.ts';

/** What Claude's own transcript contains: its task list and the current call. */
export function Transcript({
  transcript,
  atWork,
}: {
  transcript: TranscriptView;
  atWork: boolean;
}): JSX.Element | null {
  const { tasks, activity } = transcript;
  if (tasks === undefined && (activity === undefined || !atWork)) return null;
  return (
    <div class="transcript" data-transcript>
      {tasks && (
        <ProgressBar
          progress={{ pct: (100 * tasks.done) / tasks.total, at: 0 }}
          label={strings.tasks}
          running={false}
          text={
            tasks.current === undefined
              ? strings.tasksDone(tasks.done, tasks.total)
              : strings.tasksDoneNow(tasks.done, tasks.total, tasks.current)
          }
        />
      )}
      {activity && atWork && <TranscriptActivity activity={activity} />}
    </div>
  );
}

/** Fewer tokens than this are of no interest. */
const MIN_TOKENS = 10_000;

/** The tokens of a session, once they are many; all that is known of them for the pointer. */
export function TokensUsed({
  tokens,
  spending,
}: {
  tokens: Tokens;
  spending?: string | undefined;
}): JSX.Element | null {
  const used = tokens.input + tokens.output;
  if (!(used >= MIN_TOKENS)) return null;
  return (
    <span class="dim" title={[`${formatTokens(tokens)}. ${strings.tokensTitle}`, spending].filter(Boolean).join('\n')}>
      {strings.tokensRead(formatCompact(used))}
    </span>
  );
}

/** An agent's current call, and its age. */
export function TranscriptActivity({ activity }: { activity: NonNullable<TranscriptView['activity']> }): JSX.Element {
  return (
    <div class="clamped">
      <UserText text={activity.text} /> <Age ts={activity.sinceTs} text={(time) => time} class="dim" />
    </div>
  );
}

/** A number in a few characters: `84K`. */
export const formatCompact = (n: number): string => new Intl.NumberFormat(language, { notation: 'compact' }).format(n);

/** Formats tokens: `18K in, 2.2K out tokens`. */
export function formatTokens({ input, output, cacheRead }: Tokens): string {
  return cacheRead
    ? strings.tokensCached(formatCompact(input), formatCompact(output), formatCompact(cacheRead))
    : strings.tokens(formatCompact(input), formatCompact(output));
}
