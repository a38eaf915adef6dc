import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Where this version of the command is, and the home that it works on. */
export interface FermataContext {
  home: string;
  extensionPath: string;
}

/**
 * Runs the command `fermata` in a process of its own, so that the editor waits for nothing that takes long, and returns
 * what it prints. Throws an error whose message is what it printed about its failure.
 */
export async function runFermata({ home, extensionPath }: FermataContext, args: readonly string[]): Promise<string> {
  const program = join(extensionPath, 'dist', 'fermata.cjs');
  // makes the editor's executable run as Node
  const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1', FERMATA_HOME: home };
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [program, ...args], { env, maxBuffer: 1 << 24 });
    return stdout;
  } catch (error) {
    const { stderr = '', message } = error as Error & { stderr?: string };
    throw new Error(stderr.trim() || message, { cause: error });
  }
}
