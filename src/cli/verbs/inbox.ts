import { hasEnded } from '#core/fold/conditions.ts';
import { claimNotes, messageOf, unreadNotes, type Claimed, type Message } from '#core/session/inbox.ts';
import type { SessionLog } from '#core/session/sessionLog.ts';
import type { Note, SessionState } from '#protocol/state.ts';
import { callerOf, publishAndRefresh, writableLogOf } from '#cli/caller.ts';
import { EXIT, Failure } from '#cli/exit.ts';
import { isDuration } from '#cli/args.ts';
import { print, printable } from '#cli/output.ts';
import { flagOption, textOption, type Call, type Verb } from '#cli/verb.ts';
import { waitTimeout, waitUntil } from '#cli/waiting.ts';

export const inbox: Verb = {
  name: 'inbox',
  summary: 'Read what this worker was told: messages, work handed on, locks it lost',
  usage: '[--peek | --wait [D] | --follow [--timeout D]]',
  options: {
    peek: flagOption('only look: it is still unread afterwards'),
    wait: { type: 'optional', value: 'D', help: 'wait for the first message, at most so long', fits: isDuration },
    follow: flagOption('go on with what comes, until this worker or the session ends'),
    timeout: textOption('D', 'stop following after this time'),
  },
  examples: [
    'fermata inbox',
    'fermata inbox --wait 5m --json | jq -r .messages[].data.file',
    'fermata inbox --follow --json | while read -r message; do …; done',
  ],
  notes: [
    'Each message is read once, whoever of several readers comes first. With --follow --json each is a line of its own.',
    'Exit code 4: nothing came in time. 6: this worker was aborted; what it was told before is still printed.',
  ],
  run: async (call) => {
    const log = writableLogOf(call);
    const worker = callerOf(call, log);
    if (call.flag('follow')) return follow(call, log, worker);
    if (call.flag('peek')) {
      const unread = unreadNotes(log.state, worker, call.io.now()).map((note) => messageOf(log.dir, note));
      return printMessages(call, unread);
    }
    const remainingMs = remainingTime(call, 'wait');
    let claimed = await claimUnread(call, log, worker);
    while (claimed.notes.length === 0 && call.text('wait') !== undefined) {
      const first = (state: SessionState): Note | undefined => unreadNotes(state, worker, call.io.now())[0];
      await waitUntil(call, log, `${worker} was told nothing`, first, remainingMs());
      // another reader may have claimed the messages first
      claimed = await claimUnread(call, log, worker);
    }
    printMessages(call, messagesOf(log, claimed));
    confirm(call, log, claimed);
    const abort = log.state.workers.get(worker)?.abort;
    if (abort !== undefined) throw new Failure(EXIT.aborted, `${worker} was aborted by ${abort.by}`);
  },
};

/** A function that returns how much of an option's duration remains, in milliseconds, counted from this call. */
function remainingTime(call: Call, option: string): () => number | undefined {
  const timeoutMs = waitTimeout(call, option);
  const started = call.io.now();
  return () => (timeoutMs === undefined ? undefined : Math.max(0, timeoutMs - (call.io.now() - started)));
}

async function follow(call: Call, log: SessionLog, worker: string): Promise<undefined> {
  const remainingMs = remainingTime(call, 'timeout');
  const isOver = (state: SessionState): boolean => {
    const known = state.workers.get(worker);
    return state.conductor.state === 'ended' || (known !== undefined && hasEnded(known) && known.abort === undefined);
  };
  for (;;) {
    const claimed = await claimUnread(call, log, worker);
    for (const message of messagesOf(log, claimed))
      call.io.stdout(call.flag('json') ? `${JSON.stringify(message)}\n` : `${messageText(message)}\n`);
    confirm(call, log, claimed);
    if (isOver(log.state)) return;
    const hasNext = (state: SessionState): true | undefined =>
      unreadNotes(state, worker, call.io.now()).length > 0 || isOver(state) ? true : undefined;
    await waitUntil(call, log, `no more messages for ${worker}`, hasNext, remainingMs());
  }
}

const claimUnread = (call: Call, log: SessionLog, worker: string): Promise<Claimed> =>
  claimNotes(log, unreadNotes(log.state, worker, call.io.now()), call.io.now());

/** Records that the messages were printed. A reader that closed the pipe has ended this process before. */
function confirm(call: Call, log: SessionLog, { delivered }: Claimed): void {
  if (delivered.length > 0) publishAndRefresh(call, log, ...delivered);
}

const messagesOf = (log: SessionLog, { notes }: Claimed): Message[] => notes.map((note) => messageOf(log.dir, note));

const printMessages = (call: Call, messages: Message[]): undefined =>
  print(call, messages.map(messageText).join('\n'), { messages });

function messageText({ kind, from, text, data }: Message): string {
  const line = kind === 'tell' ? `${from}: ${text}` : text;
  return printable(data === undefined ? line : `${line}: ${JSON.stringify(data)}`).replaceAll('\n', '\n  ');
}
