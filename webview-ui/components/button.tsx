import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Intent } from '#protocol/messages.ts';
import { usePanelActions } from '#webview/host/panelActions.ts';
import { Icon, type IconName } from './icon.tsx';
import { useRowTabIndex } from './rovingList.tsx';
import { strings } from '#webview/host/strings.ts';

interface ButtonProps {
  /** Stable name of what it does, also its handle for tests. */
  action: string;
  text: string;
  /** The whole sentence where the text alone does not say what is meant. */
  label?: string;
  /** With an icon the text is not drawn, but is the name and the tooltip. */
  icon?: IconName;
  variant?: 'primary' | 'secondary' | 'link';
  /** What it asks of the extension, */
  intent?: Intent;
  /** or what it does instead. */
  onRun?: () => void;
}

function useRunAction({ intent, onRun }: ButtonProps): () => void {
  const { run } = usePanelActions();
  return onRun ?? (() => intent && run(intent));
}

/** A real button, reachable by the rules of the list that it is in. */
export function Button(props: ButtonProps): JSX.Element {
  const { action, text, label, icon, variant = 'secondary' } = props;
  const onRun = useRunAction(props);
  const tabIndex = useRowTabIndex();
  return (
    <button
      type="button"
      class={icon ? 'icon-button' : `button ${variant}`}
      data-action={action}
      tabIndex={tabIndex}
      aria-label={label ?? (icon ? text : undefined)}
      title={label ?? (icon ? text : undefined)}
      onClick={onRun}
    >
      {icon ? <Icon name={icon} /> : text}
    </button>
  );
}

interface ConfirmProps extends ButtonProps {
  /** The question that the second click answers with yes. */
  question: string;
}

/** Asks in its own place before it acts: a dialog would hide what the question is about. Esc takes it back. */
export function ConfirmButton({ question, ...button }: ConfirmProps): JSX.Element {
  const onRun = useRunAction(button);
  const [confirming, setConfirming] = useState(false);
  const tabIndex = useRowTabIndex();
  const ref = useRef<HTMLButtonElement>(null);
  const stop = (): void => {
    setConfirming(false);
    ref.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || !confirming) return;
    event.stopPropagation();
    stop();
  };
  const confirm = (): void => {
    if (confirming) onRun();
    setConfirming(!confirming);
  };
  const name = confirming ? undefined : (button.label ?? (button.icon ? button.text : undefined));
  return (
    <span class={confirming ? 'confirm asking' : 'confirm'} onKeyDown={onKeyDown}>
      <button
        ref={ref}
        type="button"
        class={confirming ? 'button danger' : button.icon ? 'icon-button' : `button ${button.variant ?? 'secondary'}`}
        data-action={button.action}
        data-asking={confirming ? '' : undefined}
        tabIndex={tabIndex}
        aria-label={name}
        title={name}
        onClick={confirm}
      >
        {confirming ? question : button.icon ? <Icon name={button.icon} /> : button.text}
      </button>
      {confirming && (
        <button type="button" class="button secondary" data-action="cancel" tabIndex={tabIndex} onClick={stop}>
          {strings.cancel}
        </button>
      )}
    </span>
  );
}

/** True for a moment after something was asked for, since the answer is a snapshot and takes its time. */
export function usePending(): [boolean, () => void] {
  const [pending, setPending] = useState(false);
  useEffect(() => {
    if (!pending) return undefined;
    const timer = window.setTimeout(() => setPending(false), 4000);
    return () => window.clearTimeout(timer);
  }, [pending]);
  return [pending, () => setPending(true)];
}
