import type { CommandReading } from './readCommand.ts';

/** The folders into which a text changes. */
export const changedDirs = ({ commands }: CommandReading): string[] =>
  commands.flatMap(([program, ...args]) => {
    const isChange = program?.text === 'cd' || program?.text === 'pushd';
    const dirs = isChange ? args : program?.text === 'git' ? args.filter((_, i) => args[i - 1]?.text === '-C') : [];
    return dirs
      .map(({ text }) => text)
      .filter((dir) => !dir.startsWith('-'))
      .slice(0, 1);
  });
