/** What a closer look needs to know of its row. */
export interface PeekProps {
  /** Without it the Conductor. */
  worker?: string;
  name: string;
  /** Whether it could read a message. */
  mayReply: boolean;
  onClose: () => void;
}
