import type { JSX, RefObject } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { strings } from '#webview/host/strings.ts';
import { Button } from './button.tsx';
import { useRowTabIndex } from './rovingList.tsx';

/** Whether the person writes a comment. When that ends, the button of that action inside the container gets the focus. */
export function useWriting<T extends HTMLElement>(
  action: string,
): [writing: boolean, setWriting: (writing: boolean) => void, container: RefObject<T | null>] {
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
  /** The field's name for screen readers. */
  label: string;
  placeholder: string;
  /** The button's text, and its full sentence. */
  submit: string;
  submitLabel: string;
  onSend: (comment: string) => void;
  onCancel: () => void;
}

/** One line of text in the place of the buttons, so that its subject stays in sight. */
export function CommentForm(props: CommentFormProps): JSX.Element {
  const { label, placeholder, submit, submitLabel, onSend, onCancel } = props;
  const field = useRef<HTMLInputElement>(null);
  const tabIndex = useRowTabIndex();
  useLayoutEffect(() => field.current?.focus(), []);
  const send = (): void => onSend(field.current?.value.trim() ?? '');
  return (
    <form
      class="actions comment-form"
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
        name="comment"
        maxLength={2000}
        autocomplete="off"
        tabIndex={tabIndex}
        aria-label={label}
        placeholder={placeholder}
      />
      <Button action="send-comment" variant="primary" text={submit} label={submitLabel} onRun={send} />
      <Button action="cancel" text={strings.cancel} onRun={onCancel} />
    </form>
  );
}
