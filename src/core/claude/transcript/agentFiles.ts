import { join } from 'node:path';
import { namesIn } from '#core/base/files/folder.ts';
import { readMeta, workflowAgent, type AgentFacts } from '#core/claude/subagents.ts';
import { runFolder, subagentsFolder, workflowRuns } from '#core/claude/workflows.ts';

const AGENT_FILE = /^agent-([A-Za-z0-9_-]{1,128})\.jsonl$/;

/** The id of the agent whose transcript has that name; undefined of any other file. */
export const agentOf = (name: string): string | undefined => AGENT_FILE.exec(name)?.[1];

/** The transcript of an agent beside that of its session. */
interface AgentFile {
  id: string;
  path: string;
  facts: AgentFacts | undefined;
}

/** The transcripts of the agents of a session, those of its workflows included, as they are now. */
export function agentFiles(transcript: string): AgentFile[] {
  const subagents = subagentsFolder(transcript);
  return [
    ...filesIn(subagents, (id) => readMeta(subagents, id)),
    ...workflowRuns(transcript).flatMap((run) =>
      filesIn(runFolder(transcript, run), (id) => workflowAgent(transcript, run, id)),
    ),
  ];
}

const filesIn = (folder: string, factsOf: (id: string) => AgentFacts | undefined): AgentFile[] =>
  namesIn(folder).flatMap((name) => {
    const id = agentOf(name);
    return id === undefined ? [] : [{ id, path: join(folder, name), facts: factsOf(id) }];
  });
