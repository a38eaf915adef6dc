/** In a shape, it stands for a text that is known only when the command runs. */
export const UNKNOWN = '\0';

/** What a command gets as its input or prints; without `text` it is not known. */
export interface Output {
  text?: string | undefined;
}

/** An argument of a command. */
export interface Field {
  /** As it is passed on; what is not known stands as it is written. */
  text: string;
  /** The text with UNKNOWN for what is not known. */
  shape: string;
  /** What a process substitution prints. */
  output?: Output | undefined;
}
