import type { JSX } from 'preact';
import type { Tokens, TranscriptView } from '#protocol/viewModel.ts';
import { ProgressBar } from '#webview/components/progressBar.tsx';
import { UserText } from '#webview/components/text.tsx';
import { Age } from '#webview/components/time.tsx';
import { language, strings } from '#webview/host/strings.ts';

/** What Claude's own transcript contains: its task list, the current call, the tokens used. */
export function Transcript({ transcript, atWork }: { transcript: TranscriptView; atWork: boolean }): JSX.Element {
  const { tasks, activity, tokens } = transcript;
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
      <div class="dim" title={strings.tokensTitle}>
        {formatTokens(tokens)}
      </div>
    </div>
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

/** Formats tokens: `18K in, 2.2K out tokens`. */
export function formatTokens({ input, output, cacheRead }: Tokens): string {
  const formatCompact = (n: number): string => new Intl.NumberFormat(language, { notation: 'compact' }).format(n);
  return cacheRead
    ? strings.tokensCached(formatCompact(input), formatCompact(output), formatCompact(cacheRead))
    : strings.tokens(formatCompact(input), formatCompact(output));
}
