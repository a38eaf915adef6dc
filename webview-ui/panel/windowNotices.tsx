import type { JSX } from 'preact';
import { DECIDED_NOTICES } from '#protocol/board.ts';
import type { NoticeView } from '#protocol/viewModel.ts';
import { RovingList } from '#webview/components/rovingList.tsx';
import { Section } from '#webview/components/section.tsx';
import { strings } from '#webview/host/strings.ts';
import { NoticeCard } from './decisions/noticeCard.tsx';
import { NoteList } from './noteList.tsx';

const keyOf = ({ id }: NoticeView): string => `window ${id}`;

/** The notices of the window while it has no session. */
export function WindowNotices({ notices }: { notices: readonly NoticeView[] }): JSX.Element {
  const decided = notices.filter(({ kind }) => DECIDED_NOTICES.includes(kind));
  return (
    <>
      {decided.length > 0 && (
        <Section name="needsYou" count={decided.length}>
          {() => (
            <RovingList label={strings.needsYou} keys={decided.map(keyOf)} class="cards">
              {decided.map((notice) => (
                <NoticeCard key={keyOf(notice)} id={keyOf(notice)} notice={notice} tone="decide" />
              ))}
            </RovingList>
          )}
        </Section>
      )}
      <NoteList notices={notices.filter(({ kind }) => !DECIDED_NOTICES.includes(kind))} />
    </>
  );
}
