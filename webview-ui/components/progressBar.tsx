import type { JSX } from 'preact';
import type { ProgressView } from '#protocol/viewModel.ts';
import { strings } from '#webview/host/strings.ts';
import { UserText } from './text.tsx';
import { Countdown } from './time.tsx';

interface ProgressBarProps {
  progress: ProgressView;
  label: string;
  running: boolean;
  /** Shown instead of the percentage. */
  text?: string;
}

/** A worker's progress. The remaining time counts down from when the worker reported it. */
export function ProgressBar({ progress, label, running, text }: ProgressBarProps): JSX.Element | null {
  if (typeof progress.pct !== 'number' || Number.isNaN(progress.pct)) return null;
  const pct = Math.min(100, Math.max(0, progress.pct));
  return (
    <div class="progress">
      <div
        class="track"
        role="progressbar"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(pct)}
      >
        <div class="fill" style={{ width: `${pct}%` }} />
      </div>
      <span class="progress-text">
        {text === undefined ? strings.percent(Math.round(pct)) : <UserText text={text} />}
        {running && progress.etaMs !== undefined && (
          <Countdown
            ts={progress.at + progress.etaMs}
            text={(time) => ` ${strings.eta(time)}`}
            over={` ${strings.etaOver}`}
            class="dim"
          />
        )}
      </span>
    </div>
  );
}
