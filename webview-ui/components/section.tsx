import type { ComponentChildren, FunctionComponent, JSX } from 'preact';
import { strings } from '#webview/host/strings.ts';
import { useExpanded } from '#webview/host/uiState.ts';
import { Icon, type IconProps } from './icon.tsx';
import { shortText } from './plainText.ts';
import { RovingList, RovingRow } from './rovingList.tsx';

interface SectionProps {
  /** Stable name: the key of the heading and of the state that is kept, and the handle for tests. */
  name:
    | 'needsYou'
    | 'waiting'
    | 'later'
    | 'notes'
    | 'workers'
    | 'votes'
    | 'locks'
    | 'checkpoints'
    | 'proofs'
    | 'merges'
    | 'pipeline'
    | 'activity'
    | 'yourTurn'
    | 'working'
    | 'done';
  count: number;
  expanded?: boolean;
  /** Shown beside the heading while the section is open. */
  actions?: ComponentChildren;
  children: () => ComponentChildren;
}

/** A part of the panel that opens and closes like the panes of VS Code. A closed section does not draw its children. */
export function Section({ name, count, expanded = true, actions, children }: SectionProps): JSX.Element {
  const [open, setOpen] = useExpanded(name, expanded);
  return (
    <section class="section" data-section={name}>
      <details open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary class="section-head">
          <Icon name="chevron" />
          <h2 class="cut">{strings[name]}</h2>
          <span class={name === 'needsYou' ? 'badge' : 'count'}>{count}</span>
        </summary>
        {open && actions && <div class="section-actions">{actions}</div>}
        {open && children()}
      </details>
    </section>
  );
}

interface ListSectionProps<T> extends Pick<SectionProps, 'name' | 'expanded'> {
  items: readonly T[];
  keyOf: (item: T) => string;
  Row: FunctionComponent<{ item: T }>;
}

/** A section with one list. Without items it draws nothing. */
export function ListSection<T>({ items, keyOf, Row, ...section }: ListSectionProps<T>): JSX.Element | null {
  if (items.length === 0) return null;
  return (
    <Section {...section} count={items.length}>
      {() => (
        <RovingList label={strings[section.name]} keys={items.map(keyOf)}>
          {items.map((item) => (
            <Row key={keyOf(item)} item={item} />
          ))}
        </RovingList>
      )}
    </Section>
  );
}

interface StackedRowProps {
  /** The kind of thing; tests find the row by `data-<kind>="<name>"`. */
  kind: 'ballot' | 'lock' | 'checkpoint' | 'proof' | 'merge' | 'step';
  name: string;
  /** What is shown in place of the name. */
  text?: string;
  label: string;
  icon: IconProps;
  /** Shown beside the name. */
  head: ComponentChildren;
  children: ComponentChildren;
}

/** A row of several lines below the name of a thing. */
export function StackedRow({ kind, name, text = name, label, icon, head, children }: StackedRowProps): JSX.Element {
  return (
    <RovingRow id={name} label={label} class="stacked" data={{ [`data-${kind}`]: name }}>
      <Icon {...icon} />
      <div class="stacked-body">
        <div class="wrap-line">
          <bdi class="strong clamped" title={shortText(name, 80)}>
            {shortText(text)}
          </bdi>
          {head}
        </div>
        {children}
      </div>
    </RovingRow>
  );
}

interface LabeledLineProps {
  label: string;
  children: ComponentChildren;
  /** The exact terms, for the pointer. */
  title?: string;
  /** Stable handles for tests. */
  data?: Record<`data-${string}`, string>;
}

/** A line of a row that wraps: a label and what it applies to. */
export function LabeledLine({ label, children, title, data }: LabeledLineProps): JSX.Element {
  return (
    <div class="wrap-line" title={title} {...data}>
      <span class="dim">{label}</span>
      {children}
    </div>
  );
}
