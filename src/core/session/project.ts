import type { SessionState } from '#protocol/state.ts';
import { readSessionInfo } from './info.ts';

/** The project of a session: by its session.json, else by its log. */
export const projectOf = ({ dir, state }: { dir: string; state: SessionState }): string | undefined =>
  readSessionInfo(dir)?.project ?? state.session.cwd;
