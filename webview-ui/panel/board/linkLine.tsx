import type { JSX } from 'preact';
import type { LinkView } from '#protocol/viewModel.ts';
import { UserText } from '#webview/components/text.tsx';

/** Why what is shown may be old. Which machines share a session stands in the session itself. */
export function LinkLine({ link }: { link: LinkView }): JSX.Element {
  return (
    <div class="board-text dim" data-link={link.kind}>
      <div class="clamped">
        <UserText text={link.text} />
      </div>
    </div>
  );
}
