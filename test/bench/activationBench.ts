import { ensureRuntimes } from '../lib/runtimes.ts';
import { runCommand } from '../lib/workbench.ts';
import { openEditor } from '../vscode/editor.ts';
import { median, print } from './figure.ts';

const STARTS = 5;

/** Loading the extension and its `activate`, as the editor itself takes the time: in "Running Extensions". */
export async function activationBench(): Promise<void> {
  await ensureRuntimes();
  const times: number[] = [];
  for (let i = 0; i < STARTS; i++) times.push(await activation());
  const value = median(times);
  print({ name: 'activation-median', value, unit: 'ms', limit: 50, ok: value <= 50 });
}

async function activation(): Promise<number> {
  const editor = await openEditor();
  try {
    await runCommand(editor.page, 'Developer: Show Running Extensions');
    const row = editor.page.locator('.runtime-extensions-editor .extension', { hasText: 'Fermata' });
    const time = row.locator('.activation-time', { hasText: /\d/ });
    await time.waitFor();
    const words = await time.innerText();
    return Number(/(\d+) ?ms/.exec(words)?.[1] ?? Number.NaN);
  } finally {
    await editor.close();
  }
}
