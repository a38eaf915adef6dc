/**
 * `node out/record.mjs`: records what the real Claude Code CLI writes into its transcripts, for the tests of the reader.
 * Run it after an update of the CLI in test/runtimes, and read the difference.
 */
import { mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { prepareClaudeHome } from '#test/lib/claudeHome.ts';
import { startClaude } from '#test/lib/claude.ts';
import type { Reply } from '#test/lib/modelReply.ts';
import { startModelServer, type Turn } from '#test/lib/modelServer.ts';
import { ensureRuntimes, repoRoot } from '#test/lib/runtimes.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

/** The start time of all recordings. */
const BASE = Date.UTC(2026, 0, 1);
const FIXTURES = join(repoRoot, 'test', 'unit', 'transcript', 'fixtures');

/** The answers of the scripted model, in order; a subagent has its own. */
interface Scene {
  name: string;
  prompts: string[];
  env?: Record<string, string>;
  allowedTools?: string[];
  main: (project: string) => Reply[];
  subagent?: (project: string) => Reply[];
}

const tool = (name: string, input: object): Reply => ({ tools: [{ name, input }] });
const bash = (command: string): Reply => tool('Bash', { command, description: 'run' });

const scenes: Scene[] = [
  {
    name: 'tasks',
    prompts: ['write the parser, with tests'],
    main: (project) => [
      {
        text: 'I plan three steps.',
        tools: [
          {
            name: 'TaskCreate',
            input: { subject: 'read the code', description: 'all', activeForm: 'reading the code' },
          },
          { name: 'TaskCreate', input: { subject: 'write tests', description: 'all', activeForm: 'writing tests' } },
          { name: 'TaskCreate', input: { subject: 'clean up', description: 'all' } },
        ],
      },
      tool('TaskUpdate', { taskId: '1', status: 'in_progress' }),
      tool('Read', { file_path: join(project, 'src/a.ts') }),
      {
        tools: [
          { name: 'TaskUpdate', input: { taskId: '1', status: 'completed' } },
          { name: 'TaskUpdate', input: { taskId: '2', status: 'in_progress' } },
        ],
      },
      tool('Edit', { file_path: join(project, 'src/a.ts'), old_string: '1', new_string: '2' }),
      tool('Write', { file_path: join(project, 'src/b.ts'), content: 'export const b = 1;\n' }),
      bash('false'),
      tool('TaskUpdate', { taskId: '3', status: 'deleted' }),
      tool('TaskUpdate', { taskId: '9', status: 'completed' }),
      { text: 'done so far' },
    ],
  },
  {
    name: 'todos',
    prompts: ['write the parser'],
    env: { CLAUDE_CODE_ENABLE_TASKS: 'false' },
    allowedTools: ['TodoWrite', 'Bash', 'Read'],
    main: () => [
      tool('TodoWrite', {
        todos: [
          { content: 'read', status: 'in_progress', activeForm: 'reading' },
          { content: 'write', status: 'pending', activeForm: 'writing' },
        ],
      }),
      tool('TodoWrite', {
        todos: [
          { content: 'read', status: 'completed', activeForm: 'reading' },
          { content: 'write', status: 'in_progress', activeForm: 'writing' },
        ],
      }),
      { text: 'half way' },
    ],
  },
  {
    name: 'subagents',
    prompts: ['look around'],
    main: () => [
      {
        text: 'Two helpers.',
        tools: [
          { name: 'Agent', input: { description: 'look', prompt: 'look around', subagent_type: 'general-purpose' } },
          { name: 'Bash', input: { command: 'echo hi', description: 'say hi' } },
        ],
      },
      tool('Agent', {
        description: 'dig',
        prompt: 'dig deep',
        subagent_type: 'general-purpose',
        run_in_background: true,
      }),
      { text: 'waiting for the helper' },
      { text: 'all done' },
    ],
    subagent: (project) => [
      tool('Read', { file_path: join(project, 'src/a.ts') }),
      tool('Edit', { file_path: join(project, 'src/a.ts'), old_string: '1', new_string: '2' }),
      { text: 'subagent done' },
    ],
  },
  {
    name: 'compact',
    prompts: ['say hi', '/compact', 'say hi again'],
    main: () => [bash('echo one'), { text: 'one' }, bash('echo two'), { text: 'two' }],
  },
];

async function record(scene: Scene): Promise<void> {
  const root = realpathSync(tempDir('fermata-record-'));
  const [home, project] = [join(root, 'home'), join(root, 'project')];
  mkdirSync(join(project, 'src'), { recursive: true });
  writeFileSync(join(project, 'src/a.ts'), 'export const a = 1;\n');
  prepareClaudeHome(home, project);
  const answers = scene.main(project);
  const agents = new Map<string, Reply[]>();
  const script = (turn: Turn): Reply => {
    if (!turn.subagent) return answers.shift() ?? { text: 'nothing left to do' };
    const own = agents.get(turn.agentId ?? '') ?? scene.subagent?.(project) ?? [];
    agents.set(turn.agentId ?? '', own);
    return own.shift() ?? { text: 'nothing left to do' };
  };
  const model = await startModelServer(script);
  try {
    const { env, allowedTools } = scene;
    const claude = startClaude({
      cwd: project,
      home,
      modelUrl: model.url,
      ...(env === undefined ? {} : { env }),
      ...(allowedTools === undefined ? {} : { allowedTools }),
    });
    for (const prompt of scene.prompts) await claude.ask(prompt);
    await claude.end();
    keep(scene.name, join(home, '.claude', 'projects'), root);
  } finally {
    await model.stop();
  }
}

/** Copies the transcripts without the machine's paths, the CLI's own prompts, and values that differ between recordings. */
function keep(name: string, projects: string, root: string): void {
  const target = join(FIXTURES, name);
  rmSync(target, { recursive: true, force: true });
  const files = readdirSync(projects, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.jsonl?$/.test(file))
    .toSorted();
  const texts = files.map((file) => readFileSync(join(projects, file), 'utf8'));
  const first = Date.parse(/"timestamp":"([^"]+)"/.exec(texts[0] ?? '')?.[1] ?? '');
  const ids = new Map<string, string>();
  const count = new Map<string, number>();
  const steady = (text: string): string =>
    text
      .replaceAll(root, '/p')
      .replaceAll(/"slug":"[^"]+"/g, '"slug":"a-b-c"')
      .replaceAll(root.replaceAll(/[^A-Za-z0-9]/g, '-'), '-p')
      .replaceAll(/"timestamp":"([^"]+)"/g, (_, ts: string) => {
        const since = Math.floor((Date.parse(ts) - first) / 1000) * 1000;
        return `"timestamp":"${new Date(BASE + since).toISOString()}"`;
      })
      .replaceAll(
        /(?<kind>toolu_|msg_|req_)[0-9A-Za-z]{24}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|\b(?<agent>a)[0-9a-f]{16}\b/g,
        (id, kind?: string, agent?: string) => {
          const prefix = kind ?? agent ?? '';
          const known = ids.get(id) ?? `${prefix}${(count.get(prefix) ?? 0) + 1}`;
          if (!ids.has(id)) count.set(prefix, (count.get(prefix) ?? 0) + 1);
          ids.set(id, known);
          return known;
        },
      );
  for (const [index, file] of files.entries()) {
    const path = join(target, ...steady(file).split('/').slice(1));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, steady(texts[index] ?? '').replaceAll(/^.*"attachment":.*$/gm, short));
    console.log(path.slice(FIXTURES.length + 1));
  }
}

/** Reduces an attachment, which the CLI adds to a prompt, to its type: its content is long and not read. */
function short(line: string): string {
  const entry = JSON.parse(line) as { attachment: { type: string } };
  return JSON.stringify({ ...entry, attachment: { type: entry.attachment.type } });
}

await ensureRuntimes();
const selected = process.argv.slice(2);
for (const scene of scenes) if (selected.length === 0 || selected.includes(scene.name)) await record(scene);
removeTempDirs();
