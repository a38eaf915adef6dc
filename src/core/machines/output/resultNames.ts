import { visibleText } from '#protocol/hiddenText.ts';

/** The most files of one worker that are brought to the seat. */
export const MAX_RESULT_FILES = 1000;

/** Of a name: in all, and of one of its parts, in bytes; and how many folders there are above it. */
const [MAX_NAME_BYTES, MAX_PART_BYTES, MAX_FOLDERS] = [1000, 200, 16];
/** On Windows these mean a device, with any ending. */
const DEVICES = /^(?:con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(?:\.|$)/i;
// oxlint-disable-next-line no-control-regex -- control characters are what is meant
const UNFIT_ON_WINDOWS = /[<>:"|?*\u0000-\u001f]|[. ]$/;

/**
 * Why a path in a worker's folder of results, with slashes, is none under which a file of another machine is written; undefined where
 * it is one. It stays in that folder, means the same on every system, and is seen as what it is. Pure.
 */
export function whyNoResultName(name: string, platform: NodeJS.Platform = process.platform): string | undefined {
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) return 'its name is too long';
  const parts = name.split('/');
  if (parts.length > MAX_FOLDERS + 1) return 'it is too deep in folders';
  if (name.includes('\\')) return 'its name has a backslash';
  if (visibleText(name) !== name || /[\n\r\t\ufffd]/.test(name)) return 'its name has hidden characters';
  for (const part of parts) {
    if (part === '' || part === '.' || part === '..') return 'its name leads elsewhere';
    if (Buffer.byteLength(part) > MAX_PART_BYTES) return 'its name is too long';
    if (platform === 'win32' && (DEVICES.test(part) || UNFIT_ON_WINDOWS.test(part))) return 'Windows has no such name';
  }
  return undefined;
}

/** What two names have in common that some file systems take for one: capitals, and letters with their accents apart. */
export const foldedName = (name: string): string => name.normalize('NFC').toLowerCase().normalize('NFC');
