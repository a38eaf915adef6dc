import type { JSX, RefObject } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Button } from './button.tsx';
import { useRowTabIndex } from './rovingList.tsx';
import { strings } from '#webview/host/strings.ts';

/** Whether a word is being written beside a button; when that ends, the button has the focus again. */
export function useWriting<T extends HTMLElement>(
  action: string,
): [writing: boolean, setWriting: (writing: boolean) => void, around: RefObject<T | null>] {
  const [writing, setWriting] = useState(false);
  const container = useRef<T>(null);
  const wasWriting = useRef(false);
  useLayoutEffect(() => {
    if (wasWriting.current && !writing)
      container.current?.querySelector<HTMLElement>(`[data-action="${action}"]`)?.focus();
    wasWriting.current = writing;
  }, [writing, action]);
  return [writing, setWriting, container];
}

interface CommentFormProps {
  /** What is written here, for those who cannot see it. */
  label: string;
  placeholder: string;
  /** What the button says, in short and in full. */
  send: string;
  sendLabel: string;
  onSend: (comment: string) => void;
  onCancel: () => void;
}

/** One line of text in the place of the buttons, so that what it is about stays in sight while writing. */
export function CommentForm({
  label,
  placeholder,
  send: sendText,
  sendLabel,
  onSend,
  onCancel,
}: CommentFormProps): JSX.Element {
  const field = useRef<HTMLInputElement>(null);
  const tabIndex = useRowTabIndex();
  useLayoutEffect(() => field.current?.focus(), []);
  const send = (): void => onSend(field.current?.value.trim() ?? '');
  return (
    <form
      class="actions word-form"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        onCancel();
      }}
    >
      <input
        ref={field}
        class="field"
        type="text"
        name="word"
        maxLength={2000}
        autocomplete="off"
        tabIndex={tabIndex}
        aria-label={label}
        placeholder={placeholder}
      />
      <Button action="send-word" variant="primary" text={sendText} label={sendLabel} onRun={send} />
      <Button action="cancel" text={strings.cancel} onRun={onCancel} />
    </form>
  );
}
