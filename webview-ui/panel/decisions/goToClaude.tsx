import type { JSX } from 'preact';
import { Button } from '#webview/components/button.tsx';
import { usePanelActions } from '#webview/host/panelActions.ts';
import { strings } from '#webview/host/strings.ts';

/** Leads to the terminal in which Claude runs, where it can be one of this machine. */
export function GoToClaude({ name }: { name: string }): JSX.Element | null {
  const { session, terminal } = usePanelActions();
  if (!terminal) return null;
  return (
    <Button
      action="focus-terminal"
      text={strings.board.goToClaude}
      label={strings.board.goToClaudeOf(name)}
      intent={{ action: 'focusTerminal', session }}
    />
  );
}
