import type { JSX } from 'preact';
import bell from '@vscode/codicons/src/icons/bell.svg';
import circle from '@vscode/codicons/src/icons/circle.svg';
import circleSlash from '@vscode/codicons/src/icons/circle-slash.svg';
import disconnected from '@vscode/codicons/src/icons/plug.svg';
import error from '@vscode/codicons/src/icons/error.svg';
import flag from '@vscode/codicons/src/icons/milestone.svg';
import loading from '@vscode/codicons/src/icons/loading.svg';
import lock from '@vscode/codicons/src/icons/lock.svg';
import log from '@vscode/codicons/src/icons/list-flat.svg';
import output from '@vscode/codicons/src/icons/terminal.svg';
import pass from '@vscode/codicons/src/icons/pass.svg';
import pause from '@vscode/codicons/src/icons/debug-pause.svg';
import question from '@vscode/codicons/src/icons/question.svg';
import stop from '@vscode/codicons/src/icons/debug-stop.svg';
import stopCircle from '@vscode/codicons/src/icons/stop-circle.svg';
import vote from '@vscode/codicons/src/icons/pie-chart.svg';
import warning from '@vscode/codicons/src/icons/warning.svg';
import watch from '@vscode/codicons/src/icons/watch.svg';
import chevron from '@vscode/codicons/src/icons/chevron-right.svg';

const SOURCES = {
  bell,
  circle,
  circleSlash,
  disconnected,
  error,
  flag,
  loading,
  lock,
  log,
  output,
  pass,
  pause,
  question,
  stop,
  stopCircle,
  vote,
  warning,
  watch,
  chevron,
} as const;

export type IconName = keyof typeof SOURCES;

/** A codicon as inline SVG: the font would need another CSP source, and the markup is a constant of the build. */
export function Icon({ name, tone, spin }: { name: IconName; tone?: string; spin?: boolean }): JSX.Element {
  const classes = ['icon', tone && `tone-${tone}`, spin && 'spin'].filter(Boolean).join(' ');
  return <span class={classes} aria-hidden="true" dangerouslySetInnerHTML={{ __html: SOURCES[name] }} />;
}
