import { hasEnded } from '#core/fold/conditions.ts';
import { isOpenRoom, roomName, roomSession } from '#core/fold/rooms.ts';
import { exists } from '#core/base/files/facts.ts';
import { fermataHome, sessionDir, sessionPaths } from '#core/base/paths.ts';
import { ensureBridge, ensureBridgeFor } from '#core/machines/ensureBridge.ts';
import { listSessions } from '#core/session/info.ts';
import { closeRoom, openRoom } from '#core/session/room.ts';
import { readSeat, shareSession } from '#core/session/seat.ts';
import { openLog } from '#core/session/sessionLog.ts';
import { refused, usage } from '#cli/exit.ts';
import { connectionOf } from '#cli/followed.ts';
import { print, printable } from '#cli/output.ts';
import { flagOption, type Call, type Verb } from '#cli/verb.ts';

/** A longer name does not fit into the id of a session. */
const NAME = /^[A-Za-z0-9_-]{1,100}$/;

export const room: Verb = {
  name: 'room',
  summary: 'Open a room on this machine, where Conductors of any machine meet; list the rooms',
  args: ['[a name]'],
  usage: '[NAME [--end]]',
  options: { end: flagOption('close it; its log stays') },
  examples: ['fermata room', 'fermata room team', 'fermata room team --end'],
  notes: [
    'A room is a session without a Claude: those who join it share locks, votes, checkpoints and messages, whichever of their machines sleeps.',
    'Its machine has to be on: while a room is open its bridge does not end by itself. After a restart "fermata bridge --stay" starts it.',
  ],
  personal: ({ args, flag }) =>
    args.length === 0 ? undefined : flag('end') ? 'close a room' : 'open a room for other machines',
  run: (call, name?: string) => {
    if (name === undefined) {
      if (call.flag('end')) throw usage('which room? "fermata room" lists them');
      return list(call);
    }
    if (!NAME.test(name)) throw usage(`"${name}" cannot be the name of a room: letters, digits, - and _`);
    return call.flag('end') ? end(call, name) : open(call, name);
  },
};

function open(call: Call, name: string): undefined {
  const { home, connection } = connectionOf(call);
  const session = roomSession(name);
  const seat = readSeat(sessionDir(home, session));
  if (seat !== undefined && seat.seat !== seat.machine)
    throw refused(`a room ${name} of ${seat.seat} is followed here: "fermata join ${session}" joins it`);
  const dir = openRoom(home, name, call.io.cwd, call.io.now());
  shareSession(dir, { space: connection.space, machine: connection.name });
  ensureBridge(home, call.io.env);
  const address = `${session}@${connection.name}`;
  return print(call, `the room ${name} is open: a Claude on any machine joins it with "fermata join ${address}"`, {
    room: name,
    session,
    seat: connection.name,
    space: connection.space,
  });
}

function end(call: Call, name: string): undefined {
  const home = fermataHome(call.io.env);
  const session = roomSession(name);
  const dir = sessionDir(home, session);
  if (!exists(sessionPaths(dir).log)) throw refused(`there is no room ${name}; "fermata room" lists them`);
  const seat = readSeat(dir);
  if (seat !== undefined && seat.seat !== seat.machine)
    throw refused(`the room ${name} is on ${seat.seat}: only there it can be closed`);
  if (!isOpenRoom(openLog(dir).state)) throw refused(`the room ${name} is closed already`);
  closeRoom(dir, call.io.now());
  ensureBridgeFor(dir, home, call.io.env);
  return print(call, `the room ${name} is closed`, { room: name, session });
}

function list(call: Call): undefined {
  const home = fermataHome(call.io.env);
  const rooms = listSessions(home).flatMap(({ id, dir }) => {
    const name = roomName(id);
    if (name === undefined) return [];
    const { state } = openLog(dir);
    const members = [...state.workers.values()].filter((worker) => !hasEnded(worker)).map((worker) => worker.id);
    return [{ room: name, session: id, seat: readSeat(dir)?.seat ?? null, open: isOpenRoom(state), members }];
  });
  const lines = rooms.map(({ room: name, session, seat, open: isOpen, members }) =>
    [
      `${name}  ${isOpen ? 'open' : 'closed'}`,
      seat === null ? '' : `on ${seat}`,
      members.length === 0 ? 'empty' : members.join(', '),
      `[${session}]`,
    ]
      .filter(Boolean)
      .join('  '),
  );
  return print(call, printable(lines.length === 0 ? 'there are no rooms' : lines.join('\n')), { rooms });
}
