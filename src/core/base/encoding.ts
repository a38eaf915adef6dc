import { isUtf8 } from 'node:buffer';

/**
 * The text of bytes from elsewhere: UTF-8 with or without a byte order mark, or UTF-16 with one, as Windows PowerShell 5
 * writes it. The mark is left out. Undefined where the bytes are no such text.
 */
export function decodeText(bytes: Buffer): string | undefined {
  const [first, second, third] = bytes;
  if (first === 0xff && second === 0xfe) return utf16(bytes.subarray(2));
  if (first === 0xfe && second === 0xff) return utf16(swapped(bytes.subarray(2)));
  if (!isUtf8(bytes)) return undefined;
  return bytes.toString('utf8', first === 0xef && second === 0xbb && third === 0xbf ? 3 : 0);
}

const utf16 = (bytes: Buffer): string | undefined => (bytes.length % 2 === 0 ? bytes.toString('utf16le') : undefined);

/** The bytes in pairs with their order reversed; an odd one at the end is left as it is. */
function swapped(bytes: Buffer): Buffer {
  const pairs = Buffer.from(bytes);
  pairs.subarray(0, pairs.length - (pairs.length % 2)).swap16();
  return pairs;
}
