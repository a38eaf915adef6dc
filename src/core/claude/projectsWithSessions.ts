import { claudeProcesses } from './processes.ts';
import { isSessionLive, listSessions } from '#core/session/info.ts';

/** The folders in which sessions run now, with hooks or without, and how many in each. */
export function projectsWithSessions(home: string, claudeConfig: string): Map<string, number> {
  const running = new Map<string, string>();
  for (const { session, cwd } of claudeProcesses(claudeConfig) ?? []) running.set(session, cwd);
  for (const { id, info } of listSessions(home))
    if (info !== undefined && isSessionLive(info) === true) running.set(id, info.project);
  const projects = new Map<string, number>();
  for (const project of running.values()) projects.set(project, (projects.get(project) ?? 0) + 1);
  return projects;
}
