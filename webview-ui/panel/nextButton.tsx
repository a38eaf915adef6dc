import type { JSX } from 'preact';
import { useContext } from 'preact/hooks';
import { usePanelActions } from '#webview/host/panelActions.ts';
import { strings } from '#webview/host/strings.ts';
import { Button } from '#webview/components/button.tsx';
import { FocusContext } from '#webview/components/rovingList.tsx';

/** Goes to the row after the one that has had the focus last, and after the last to the first. */
export function NextButton(): JSX.Element {
  const { run } = usePanelActions();
  const roving = useContext(FocusContext);
  return (
    <Button
      action="next"
      variant="link"
      text={strings.board.next}
      label={strings.board.nextTitle}
      onRun={() => run({ action: 'next', row: roving?.lastFocused })}
    />
  );
}
