import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Intent } from '#protocol/messages.ts';
import { usePanelActions } from '#webview/host/panelActions.ts';
import { strings } from '#webview/host/strings.ts';
import { Icon, type IconName } from './icon.tsx';
import { useRowTabIndex } from './rovingList.tsx';

interface ButtonProps {
  /** Stable name of the action; tests find the button by it. */
  action: string;
  text: string;
  /** The full sentence, if the text alone is ambiguous. */
  label?: string;
  /** Drawn instead of the text, which then is the name and the tooltip. */
  icon?: IconName;
  variant?: 'primary' | 'secondary' | 'link' | 'danger';
  /** Sent to the extension, unless there is `onRun`. */
  intent?: Intent;
  /** Whether the part that it folds is open. */
  expanded?: boolean;
  onRun?: () => void;
}

function useRunAction({ intent, onRun }: ButtonProps): () => void {
  const { run } = usePanelActions();
  return onRun ?? (() => intent && run(intent));
}

function useAttributes({ action, text, label, icon, variant = 'secondary', expanded }: ButtonProps) {
  const name = label ?? (icon && text);
  return {
    type: 'button',
    class: icon ? 'icon-button' : `button ${variant}`,
    'data-action': action,
    'aria-label': name,
    'aria-expanded': expanded,
    title: name,
    tabIndex: useRowTabIndex(),
    children: icon ? <Icon name={icon} /> : text,
  } as const;
}

/** A button. In a list it is a tab stop only in the current row. */
export function Button(props: ButtonProps): JSX.Element {
  return <button {...useAttributes(props)} onClick={useRunAction(props)} />;
}

interface WideButtonProps extends Pick<ButtonProps, 'action' | 'onRun'> {
  class: string;
  title?: string;
  /** Whether the part that it folds is open. */
  expanded?: boolean;
  children: ComponentChildren;
}

/** A button as wide as its row, with any content. */
export function WideButton({ action, onRun, class: classes, title, expanded, children }: WideButtonProps): JSX.Element {
  return (
    <button
      type="button"
      class={`wide-button ${classes}`}
      data-action={action}
      title={title}
      aria-expanded={expanded}
      tabIndex={useRowTabIndex()}
      onClick={onRun}
    >
      {children}
    </button>
  );
}

/** Asks in its own place, since a dialog would hide the question's subject. A second click confirms, Esc cancels. */
export function ConfirmButton({ question, ...button }: ButtonProps & { question: string }): JSX.Element {
  const onRun = useRunAction(button);
  const [confirming, setConfirming] = useState(false);
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
  const attributes = useAttributes(confirming ? { action: button.action, text: question, variant: 'danger' } : button);
  return (
    <span class={confirming ? 'confirm asking' : 'confirm'} onKeyDown={onKeyDown}>
      <button {...attributes} ref={ref} data-asking={confirming ? '' : undefined} onClick={confirm} />
      {confirming && <Button action="cancel" text={strings.cancel} onRun={stop} />}
    </span>
  );
}

/** True for a few seconds after a request, since the answer is a snapshot and takes its time. */
export function usePending(): [boolean, () => void] {
  const [pending, setPending] = useState(false);
  useEffect(() => {
    if (!pending) return undefined;
    const timer = window.setTimeout(() => setPending(false), 4000);
    return () => window.clearTimeout(timer);
  }, [pending]);
  return [pending, () => setPending(true)];
}
