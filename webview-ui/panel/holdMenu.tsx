import type { JSX } from 'preact';
import { HOLDS, type Hold } from '#protocol/hold.ts';
import type { BlockView } from '#protocol/viewModel.ts';
import { Button } from '#webview/components/button.tsx';
import { usePanelActions } from '#webview/host/panelActions.ts';
import { strings } from '#webview/host/strings.ts';

export interface HoldMenuProps {
  blocks: readonly BlockView[];
  /** Whether the person has opened the choice; what is held already shows without that. */
  open: boolean;
  onChoice: () => void;
}

/** What can be held once, and what will be, each with a way to take it back. */
export function HoldMenu({ blocks, open, onChoice }: HoldMenuProps): JSX.Element | null {
  const { run, session } = usePanelActions();
  const pending = blocks.filter(({ next }) => next !== undefined);
  const free = HOLDS.filter((kind) => !pending.some(({ next }) => next === kind));
  const hold = (next: Hold): void => {
    run({ action: 'hold', session, next });
    onChoice();
  };
  return (
    <>
      {open && (
        <div class="actions hold-menu" role="group" aria-label={strings.holdTitle}>
          {free.map((kind) => (
            <Button key={kind} action={`hold-${kind}`} text={strings.holdNext[kind]} onRun={() => hold(kind)} />
          ))}
          <Button
            action="hold-done"
            text={strings.holdDone}
            onRun={() => {
              run({ action: 'holdDone', session });
              onChoice();
            }}
          />
        </div>
      )}
      {pending.map(({ id, next }) => (
        <div key={id} class="wrap-line hold-pending" data-hold={next}>
          <span>{next && strings.willWait[next]}</span>
          <Button
            action="undo-hold"
            variant="link"
            text={strings.undo}
            label={next && strings.undoOf(strings.willWait[next])}
            intent={{ action: 'release', session, block: id }}
          />
        </div>
      ))}
    </>
  );
}
