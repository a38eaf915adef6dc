import type { JSX } from 'preact';
import { strings } from '#webview/host/strings.ts';
import { shortText } from './plainText.ts';

/** The name of another machine; nothing for this one. */
export function MachineChip({ machine }: { machine: string | undefined }): JSX.Element | null {
  if (machine === undefined) return null;
  const name = shortText(machine, 40);
  return (
    <bdi class="chip machine dim" title={strings.onMachine(name)}>
      {name}
    </bdi>
  );
}
