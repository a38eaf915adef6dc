import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { Button } from './button.tsx';
import { useRowTabIndex } from './rovingList.tsx';
import { strings } from './strings.ts';

interface WordFormProps {
  block: string;
  onSend: (word: string) => void;
  onCancel: () => void;
}

/** One line to Claude in the place of the buttons, so that the reason stays in sight while writing. */
export function WordForm({ block, onSend, onCancel }: WordFormProps): JSX.Element {
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
        aria-label={strings.wordLabel(block)}
        placeholder={strings.wordPlaceholder}
      />
      <Button action="send-word" look="primary" text={strings.release} label={strings.releaseOf(block)} onRun={send} />
      <Button action="cancel" text={strings.cancel} onRun={onCancel} />
    </form>
  );
}
