// The licences of the packages that are bundled into the shipped programs, which they ask to be passed on.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The text of a package's licence. Throws where it has none: then it may not be bundled. */
function licenceOf(folder, name) {
  const file = readdirSync(folder).find((each) => /^licen[cs]e(\.(md|txt))?$/i.test(each));
  if (file === undefined) throw new Error(`${name} is bundled and has no file with its licence`);
  return readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim();
}

/** The notices of the packages in these folders, with each text once. */
export function notices(folders) {
  // some texts differ in their blanks alone
  const sections = new Map();
  for (const folder of folders) {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const text = licenceOf(folder, name);
    const words = text.replaceAll(/\s+/g, ' ');
    const section = sections.get(words) ?? { names: [], text };
    section.names.push(`${name} ${version} (${license})`);
    sections.set(words, section);
  }
  const texts = [...sections.values()].map(({ names, text }) => `${names.toSorted().join('\n')}\n\n${text}`);
  const head = 'Fermata contains parts of these packages.';
  return `${[head, ...texts.toSorted()].join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}
