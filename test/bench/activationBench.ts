import { ensureRuntimes } from '#test/lib/runtimes.ts';
import { runCommand } from '#test/lib/workbench.ts';
import { openEditor } from '#test/vscode/editor.ts';
import { median, p95, print } from './figure.ts';

const STARTS = 7;

/** As the editor's own table has them: to load the code, to call `activate`, and until its promise is kept; ms. */
interface Activation {
  load: number;
  call: number;
  finish: number;
}

/** Loading the extension and its `activate`, for which an editor waits that starts; what follows is shown beside it. */
export async function activationBench(): Promise<void> {
  await ensureRuntimes();
  const starts: Activation[] = [];
  for (let i = 0; i < STARTS; i++) starts.push(await activation());
  const waits = starts.map(({ load, call }) => load + call);
  const value = median(waits);
  print({ name: 'activation-median', value, unit: 'ms', limit: 50, ok: value <= 50 });
  print({ name: 'activation-p95', value: p95(waits), unit: 'ms' });
  for (const part of ['load', 'call', 'finish'] as const)
    print({ name: `activation-${part}-median`, value: median(starts.map((start) => start[part])), unit: 'ms' });
}

async function activation(): Promise<Activation> {
  const editor = await openEditor();
  try {
    // the editor draws only the lines that fit
    await editor.page.setViewportSize({ width: 1600, height: 6000 });
    await runCommand(editor.page, 'Developer: Startup Performance');
    const row = editor.page.locator('.editor-instance .view-line', { hasText: 'fermata.fermata' });
    await row.first().waitFor();
    const [, , , load, call, finish] = (await row.first().innerText()).split('|').map(Number);
    return { load: load ?? Number.NaN, call: call ?? Number.NaN, finish: finish ?? Number.NaN };
  } finally {
    await editor.close();
  }
}
