const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const { appendFileSync, chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const vscode = require('vscode');

// A transcript as a document and the changes of a session, of a real git repository that is hostile.

const home = join(process.env.HOME, '.fermata');
const dir = join(home, 'sessions', 'look-1');
const transcript = join(process.env.HOME, 'look-1.jsonl');
const project = () => vscode.workspace.workspaceFolders[0].uri.fsPath;
const trace = join(process.env.HOME, 'a-program-of-the-repository-ran');

async function until(probe, description) {
  for (let tries = 0; tries < 1200; tries++) {
    try {
      const value = await probe();
      if (value) return value;
    } catch {
      // not yet
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  assert.fail(`timed out waiting for ${description}`);
}

const git = (...args) =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-C', project(), ...args]);
const at = (seconds) => new Date(Date.UTC(2026, 0, 1, 12, 0, seconds)).toISOString();
const write = (...entries) => appendFileSync(transcript, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
const said = (id, text, seconds) => ({
  type: 'assistant',
  timestamp: at(seconds),
  message: { id, model: 'claude-x', stop_reason: 'tool_use', content: [{ type: 'text', text }] },
});
const edit = (id, path, seconds) => [
  {
    type: 'assistant',
    timestamp: at(seconds),
    message: { id, content: [{ type: 'tool_use', id: `t-${id}`, name: 'Edit', input: { file_path: path } }] },
  },
  {
    type: 'user',
    timestamp: at(seconds + 1),
    message: { content: [{ type: 'tool_result', tool_use_id: `t-${id}`, content: 'ok' }] },
  },
];
const transcripts = () => vscode.workspace.textDocuments.filter(({ uri }) => uri.scheme === 'fermata-transcript');
const tabs = () => vscode.window.tabGroups.all.flatMap((group) => group.tabs);

describe('a closer look', () => {
  before(async () => {
    await vscode.extensions.getExtension('fermata.fermata')?.activate();
    for (const name of ['changed.txt', 'gone.txt']) writeFileSync(join(project(), name), 'one\ntwo\n');
    git('init', '--quiet');
    git('add', '--all');
    git('commit', '--quiet', '--message', 'first');
    const trap = join(process.env.HOME, 'trap.sh');
    writeFileSync(trap, `#!/bin/sh\ntouch '${trace}'\ncat\n`);
    chmodSync(trap, 0o755);
    for (const name of ['core.fsmonitor', 'diff.external', 'filter.x.clean', 'core.pager']) git('config', name, trap);
    writeFileSync(join(project(), '.git', 'info', 'attributes'), '* filter=x\n');
    write(
      { type: 'user', timestamp: at(0), message: { content: 'Fix the rounding' } },
      said('m1', 'I read the cart first.', 5),
      ...edit('m2', join(project(), 'changed.txt'), 10),
      ...edit('m3', join(project(), 'gone.txt'), 20),
      ...edit('m4', join(project(), 'new.txt'), 30),
      ...edit('m5', join(project(), 'picture.bin'), 40),
    );
    const agent = transcript.replace('.jsonl', '/subagents/agent-b1.jsonl');
    mkdirSync(join(agent, '..'), { recursive: true });
    const edits = edit('m9', join(project(), 'changed.txt'), 50);
    writeFileSync(agent, edits.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
    mkdirSync(dir, { recursive: true });
    const info = { session: 'look-1', project: project(), pid: process.pid, started: Date.now() };
    writeFileSync(join(dir, 'session.json'), JSON.stringify(info));
    const events = [
      { t: 'open', v: 1 },
      { t: 'session', session: 'look-1', cwd: project(), transcript },
      { t: 'turn', state: 'working' },
      { t: 'prompt', text: 'Fix the rounding' },
      { t: 'spawn', worker: 'b1', kind: 'subagent', task: 'Rename discount' },
    ];
    const now = Date.now();
    writeFileSync(
      join(dir, 'events.jsonl'),
      events.map((event) => `${JSON.stringify({ ts: now, ...event })}\n`).join(''),
    );
  });

  after(() => rmSync(home, { recursive: true, force: true }));

  it('opens the transcript as a document that cannot be written, named as the session, without ids', async () => {
    await until(async () => {
      await vscode.commands.executeCommand('fermata.openTranscript', { session: 'look-1' });
      return transcripts()[0]?.getText().includes('I read the cart first.');
    }, 'the transcript');
    const text = transcripts()[0].getText();
    assert.match(text, /^\d\d:\d\d:\d\d {2}Prompt\n {4}Fix the rounding$/m);
    assert.match(text, /^\d\d:\d\d:\d\d {2}Edit\n {4}file_path: .*changed\.txt$/m);
    const tab = tabs().find(({ input }) => input?.uri?.scheme === 'fermata-transcript');
    assert.equal(tab.label, 'Transcript: Fix the rounding');
    assert.equal(vscode.workspace.fs.isWritableFileSystem('fermata-transcript') === true, false);
  });

  it('follows it as it grows, and leads to a time', async () => {
    write(said('m6', 'And one more thing.', 60));
    await until(() => transcripts()[0].getText().includes('And one more thing.'), 'what was appended');
    await vscode.commands.executeCommand('fermata.openTranscript', {
      session: 'look-1',
      worker: 'conductor',
      ts: Date.parse(at(6)),
    });
    const editor = vscode.window.activeTextEditor;
    assert.equal(editor.document.lineAt(editor.selection.active.line + 1).text.trim(), 'I read the cart first.');
    assert.equal(transcripts().length, 1);
  });

  it('shows a torn and a missing transcript as what they are', async () => {
    appendFileSync(transcript, '{"type":"assis\n');
    await until(() => transcripts()[0].getText().includes('A line that cannot be read: not JSON'), 'the torn line');
    rmSync(transcript);
    await until(
      () => transcripts()[0].getText().startsWith('There is no transcript that could be read'),
      'its absence',
    );
  });

  it('shows the changes in the editor of several files, and runs nothing of the repository', async () => {
    writeFileSync(join(project(), 'changed.txt'), 'one\nand\nmore\n');
    writeFileSync(join(project(), 'new.txt'), 'new\n');
    writeFileSync(join(project(), 'picture.bin'), '\0\0');
    rmSync(join(project(), 'gone.txt'));
    // VS Code's own git extension would run what the repository configures
    const before = existsSync(trace);
    await vscode.commands.executeCommand('fermata.openChanges', { session: 'look-1' });
    const tab = await until(() => tabs().find(({ label }) => label.startsWith('Changes: ')), 'the tab');
    assert.match(tab.label, /^Changes: Fix the rounding/);
    const committed = await until(
      () => vscode.workspace.textDocuments.find(({ uri }) => uri.path.endsWith('changed.txt') && uri.scheme !== 'file'),
      'the text of the latest commit',
    );
    assert.equal(committed.getText(), 'one\ntwo\n');
    assert.equal(existsSync(trace), before);
  });

  it('compares a file that two agents have edited, with when each did', async () => {
    await vscode.commands.executeCommand('fermata.compareEdits', { file: join(project(), 'changed.txt') });
    const tab = await until(() => tabs().find(({ input }) => input instanceof vscode.TabInputTextDiff), 'the diff');
    assert.match(tab.label, /^changed\.txt: Fix the rounding at \d\d:\d\d, Rename discount at \d\d:\d\d$/);
    assert.equal(tab.input.modified.fsPath, join(project(), 'changed.txt'));
  });
});
