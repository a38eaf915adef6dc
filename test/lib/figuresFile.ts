import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Keeps the figures of a harness for docs/reliability.md: as `<harness>.json` in the folder that FERMATA_FIGURES names.
 * Without that variable nothing is written.
 */
export function writeFigures(harness: string, figures: Record<string, unknown>): void {
  const folder = process.env['FERMATA_FIGURES'];
  if (folder === undefined || folder === '') return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, `${harness}.json`),
    `${JSON.stringify({ harness, at: new Date().toISOString(), ...figures }, undefined, 2)}\n`,
  );
}
