/** Of an input, in milliseconds of the processor: far more than any takes, and far less than a person waits for. */
const BASE_MS = 150;
const MS_PER_BYTE = 0.05;
/** An input that was slow is tried so often; its fastest run counts, since others use the machine as well. */
const TRIES = 5;

class TooSlow extends Error {}

/** Whether a run was so slow that it has to be measured. Real time, which is never less than the processor's. */
export const isSlow = (bytes: number, ms: number): boolean => ms > limitMs(bytes);

const limitMs = (bytes: number): number => BASE_MS + MS_PER_BYTE * bytes;

/** Throws where an input takes longer than its size allows, each time that it is tried. */
export async function assertQuick(bytes: number, run: () => void | Promise<void>): Promise<void> {
  let fastest = Infinity;
  for (let n = 0; n < TRIES && fastest > limitMs(bytes); n++) {
    const before = process.cpuUsage();
    await run();
    const { user, system } = process.cpuUsage(before);
    fastest = Math.min(fastest, (user + system) / 1000);
  }
  if (fastest > limitMs(bytes)) throw new TooSlow(`${Math.round(fastest)} ms of the processor for ${bytes} bytes`);
}
