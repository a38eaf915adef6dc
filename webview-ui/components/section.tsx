import type { ComponentChildren, JSX } from 'preact';
import { Icon } from './icon.tsx';
import { strings } from '#webview/host/strings.ts';
import { useExpanded } from '#webview/host/uiState.ts';

interface SectionProps {
  /** Stable name: remembers whether it is open, and is the handle for tests. */
  name: 'needsYou' | 'waitingByDesign' | 'workers' | 'votes' | 'locks' | 'checkpoints' | 'pipeline' | 'activity';
  count: number;
  expanded?: boolean;
  /** Beside the heading while the section is open. */
  actions?: ComponentChildren;
  children: () => ComponentChildren;
}

/** A part of the panel that opens and closes like the panes of VS Code. What is closed is not drawn. */
export function Section({ name, count, expanded = true, actions, children }: SectionProps): JSX.Element {
  const [open, setOpen] = useExpanded(name, expanded);
  return (
    <section class="section" data-section={name}>
      <details open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary class="section-head">
          <Icon name="chevron" />
          <h2>{strings[name]}</h2>
          <span class={name === 'needsYou' ? 'badge' : 'count'}>{count}</span>
        </summary>
        {open && actions && <div class="section-actions">{actions}</div>}
        {open && children()}
      </details>
    </section>
  );
}
