const assert = require('node:assert/strict');
const { existsSync, mkdirSync, readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const vscode = require('vscode');

const home = join(process.env.HOME, '.fermata');
const { publisher, name } = require('../../../package.json');
const extension = () => vscode.extensions.getExtension(`${publisher}.${name}`);
const manifest = () => extension().packageJSON;

/** Waits until a condition is true; an exception counts as false. */
async function until(condition, description) {
  for (let tries = 0; tries < 1200; tries++) {
    try {
      if (condition()) return;
    } catch {
      // false
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  assert.fail(`timed out waiting for ${description}`);
}

const mirrored = () => JSON.parse(readFileSync(join(home, 'settings.json'), 'utf8'));
const set = (name, value) =>
  vscode.workspace.getConfiguration('fermata').update(name, value, vscode.ConfigurationTarget.Global);

describe('the extension', () => {
  it('activates, and writes nothing to the home without a changed setting', async () => {
    await extension().activate();
    assert.equal(existsSync(home), false);
  });

  it('has every command that the manifest declares', async () => {
    const known = await vscode.commands.getCommands(true);
    for (const { command } of manifest().contributes.commands) assert.ok(known.includes(command), command);
  });

  it('writes changed settings of VS Code to the home, and no others', async () => {
    await set('hold.seconds', 7);
    const changedMs = performance.now();
    await until(() => mirrored()['hold.seconds'] === 7, 'the setting in the home');
    // a moment on an idle machine; here other tests may run beside
    assert.ok(performance.now() - changedMs < 5000, 'it is there at once');
    assert.deepEqual(mirrored(), { 'hold.seconds': 7 });
  });

  it('keeps keys that a person wrote by hand, and removes its own', async () => {
    writeFileSync(join(home, 'settings.json'), JSON.stringify({ 'hold.seconds': 7, teach: true }));
    await set('spawn', 'off');
    await until(() => mirrored().spawn === 'off', 'the second setting');
    await set('hold.seconds', undefined);
    await until(() => mirrored()['hold.seconds'] === undefined, 'the first to be gone');
    assert.deepEqual(mirrored(), { teach: true, spawn: 'off' });
    await set('spawn', undefined);
  });

  it('does not touch a settings file that cannot be parsed', async () => {
    writeFileSync(join(home, 'settings.json'), '{ "teach": tr');
    await set('hold.seconds', 9);
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.equal(readFileSync(join(home, 'settings.json'), 'utf8'), '{ "teach": tr');
    await set('hold.seconds', undefined);
  });

  it('writes a workspace setting for its folder alone', async () => {
    writeFileSync(join(home, 'settings.json'), '{}');
    const folder = vscode.workspace.workspaceFolders[0].uri.fsPath;
    mkdirSync(join(folder, '.vscode'), { recursive: true });
    const own = vscode.workspace.getConfiguration('fermata');
    await own.update('workers.maxParallel', 2, vscode.ConfigurationTarget.Workspace);
    const { readdirSync } = require('node:fs');
    const projects = join(home, 'projects');
    await until(() => readdirSync(projects).some((name) => !name.startsWith('.')), 'the settings of the project');
    const [name] = readdirSync(projects).filter((file) => !file.startsWith('.'));
    assert.deepEqual(JSON.parse(readFileSync(join(projects, name), 'utf8')), { 'workers.maxParallel': 2 });
    assert.deepEqual(mirrored(), {});
  });
});
