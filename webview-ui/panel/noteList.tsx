import type { JSX } from 'preact';
import type { NoticeView } from '#protocol/viewModel.ts';
import { RovingList } from '#webview/components/rovingList.tsx';
import { Section } from '#webview/components/section.tsx';
import { strings } from '#webview/host/strings.ts';
import { NoticeCard } from './decisions/noticeCard.tsx';
import { useKept } from './decisions/receipts.tsx';

const keyOf = ({ id }: NoticeView): string => `notice:${id}`;

/** Notices with nothing to decide. */
export function NoteList({ notices }: { notices: readonly NoticeView[] }): JSX.Element | null {
  const items = useKept(notices, keyOf);
  if (items.length === 0) return null;
  return (
    <Section name="notes" count={items.length}>
      {() => (
        <RovingList label={strings.notes} keys={items.map(keyOf)} class="cards">
          {items.map((notice) => (
            <NoticeCard key={keyOf(notice)} id={keyOf(notice)} notice={notice} tone="note" />
          ))}
        </RovingList>
      )}
    </Section>
  );
}
