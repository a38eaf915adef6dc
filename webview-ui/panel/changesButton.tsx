import type { JSX } from 'preact';
import type { ChangesView } from '#protocol/viewModel.ts';
import { Button } from '#webview/components/button.tsx';
import { usePanelActions } from '#webview/host/panelActions.ts';
import { strings } from '#webview/host/strings.ts';

const texts = strings.peek;
const UNCOUNTED = ['binary', 'noGit', 'failed'] as const;

interface ChangesButtonProps {
  changes: ChangesView;
  /** Without it the session. */
  worker?: string;
  name: string;
}

/** How many files and lines an agent has changed against the latest commit; opens them. */
export function ChangesButton({ changes, worker, name }: ChangesButtonProps): JSX.Element {
  const { session } = usePanelActions();
  const { files, added, removed } = changes;
  const lines = added === undefined ? undefined : texts.lines(added, removed ?? 0);
  const text = [texts.changes(files), lines].filter(Boolean).join(' ');
  const uncounted = UNCOUNTED.flatMap((kind) => {
    const count = changes[kind];
    return count === undefined ? [] : [texts.uncounted[kind](count)];
  });
  return (
    <div>
      <Button
        action="open-changes"
        variant="link"
        text={text}
        label={texts.openChanges(name, [text, ...uncounted].join(', '))}
        intent={{ action: 'openChanges', session, worker }}
      />
    </div>
  );
}
