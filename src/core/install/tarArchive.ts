/** A file of an archive. */
interface ArchiveFile {
  /** A relative path with slashes, of at most 100 bytes. */
  name: string;
  data: Uint8Array;
  /** Permission bits. */
  mode: number;
}

const BLOCK_BYTES = 512;
const MAX_NAME_BYTES = 100;

/**
 * Files as a tar archive (ustar) that every tar reads: regular files alone, of no owner and no time, so that the same files make the same
 * bytes. Throws where a name is too long. Pure.
 */
export function tarArchive(files: readonly ArchiveFile[]): Buffer {
  const blocks = files.flatMap(({ name, data, mode }) => {
    const padding = (BLOCK_BYTES - (data.length % BLOCK_BYTES)) % BLOCK_BYTES;
    return [header(name, data.length, mode), Buffer.from(data), Buffer.alloc(padding)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK_BYTES)]);
}

function header(name: string, size: number, mode: number): Buffer {
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) throw new Error(`too long for an archive: ${name}`);
  const block = Buffer.alloc(BLOCK_BYTES);
  const octal = (value: number, at: number, digits: number): void =>
    void block.write(`${value.toString(8).padStart(digits, '0')}\0`, at, 'latin1');
  block.write(name, 0);
  octal(mode, 100, 7);
  octal(0, 108, 7);
  octal(0, 116, 7);
  octal(size, 124, 11);
  octal(0, 136, 11);
  block.fill(' ', 148, 156);
  block.write('0', 156, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}
