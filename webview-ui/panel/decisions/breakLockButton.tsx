import type { JSX } from 'preact';
import { ConfirmButton } from '#webview/components/button.tsx';
import { shortText } from '#webview/components/plainText.ts';
import { usePanelActions } from '#webview/host/panelActions.ts';
import { strings } from '#webview/host/strings.ts';

interface BreakLockProps {
  resource: string;
  /** Its holder, and who gets it next. */
  from: string;
  to: string | undefined;
}

/** Breaks a lock, after a confirmation that names its holder and the next one. */
export function BreakLockButton({ resource, from, to }: BreakLockProps): JSX.Element {
  const { session } = usePanelActions();
  const name = shortText(resource, 80);
  const holder = shortText(from, 80);
  return (
    <ConfirmButton
      action="break-lock"
      variant="link"
      text={strings.breakLock}
      label={strings.breakLockOf(name)}
      question={
        to === undefined
          ? strings.confirmBreakLock(name, holder)
          : strings.confirmPassLock(name, holder, shortText(to, 40))
      }
      intent={{ action: 'breakLock', session, resource }}
    />
  );
}
