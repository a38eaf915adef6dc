import { readWords } from '#core/claude/transcript/readWords.ts';
import { sessionName } from '#core/projection/names.ts';
import type { SessionState } from '#protocol/state.ts';
import { statOf } from '#core/base/files/facts.ts';

/**
 * What other machines call a session that is shared: by the title that its person gave it, else by what its log has. Claude's own title and
 * the first prompt are words of the transcript, which is not shared.
 */
export class SharedName {
  #read: { path: string; size: number; title: string | undefined } | undefined;

  of(session: SessionState['session'], project: string): string {
    const title = this.#title(session.transcript);
    return sessionName(
      { session },
      title === undefined ? undefined : { given: { by: 'person', name: title } },
      project,
    );
  }

  /** The transcript is read again once it has grown. */
  #title(path: string | undefined): string | undefined {
    const size = path === undefined ? undefined : statOf(path)?.size;
    if (path === undefined || size === undefined) return undefined;
    if (this.#read?.path !== path || this.#read.size !== size)
      this.#read = { path, size, title: readWords(path)?.titles?.person };
    return this.#read.title;
  }
}
