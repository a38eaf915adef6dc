import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { Button, usePending } from '#webview/components/button.tsx';
import { usePanelActions } from '#webview/host/panelActions.ts';
import { strings } from '#webview/host/strings.ts';

/** A field for a message to Claude. Enter sends it, Esc clears the field. */
export function MessageField({ to, label }: { to: string; label?: string }): JSX.Element | null {
  const { run, session, mayAct, hooked } = usePanelActions();
  const field = useRef<HTMLInputElement>(null);
  const [empty, setEmpty] = useState(true);
  const [sent, setSent] = usePending();
  if (!mayAct || !hooked) return null;
  const clear = (): void => {
    if (field.current !== null) field.current.value = '';
    setEmpty(true);
  };
  const send = (): void => {
    const message = field.current?.value.trim() ?? '';
    if (message === '') return;
    run({ action: 'sendMessage', session, worker: to, word: message });
    clear();
    setSent();
    field.current?.focus();
  };
  return (
    <form
      class="message-form"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') clear();
      }}
    >
      <input
        ref={field}
        class="field"
        type="text"
        name="message"
        maxLength={2000}
        autocomplete="off"
        aria-label={label ?? strings.messageLabel}
        placeholder={label ?? strings.messagePlaceholder}
        onInput={(event) => setEmpty(event.currentTarget.value.trim() === '')}
      />
      {!empty && <Button action="send-message" icon="send" text={strings.sendMessage} onRun={send} />}
      {sent && <span class="dim">{strings.messageSent}</span>}
    </form>
  );
}
