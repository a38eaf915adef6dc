#!/bin/sh
# Claude Code runs this at every hook event: gate.sh <Event> <timeout in seconds> [shared], with the payload on standard
# input. When nothing is armed it ends here, in about the time that `sh` takes to start; else it becomes Node. It writes
# nothing to standard output. Exit code 2 would deny a tool call, so no error here may exit 2: the shell's own errors
# (dash: 2) are turned into 1, which Claude Code only shows.
trap '[ $? -ne 2 ] || exit 1' EXIT
set -u

event=${1-}
timeout=${2-}
# From its own path, so that a moved home, a second home and a deleted working directory work.
home=${0%/hooks/*}

# Whether a session's folder has something for this event: an entry, a flag, or no folder of entries, which the program puts
# right. A pattern without a match is left as it is written.
is_armed() {
  if [ -e "$1/armed/$event" ] || [ -L "$1/armed/$event" ]; then return 0; fi
  for flag in "$1/flags"/*; do
    if ! [ -e "$flag" ] && ! [ -L "$flag" ]; then continue; fi
    # a flag that was obeyed and could not be removed has a mark, until it is touched again
    mark=$1/flags-ignored/${flag##*/}
    if ! [ -e "$mark" ] || [ "$flag" -nt "$mark" ]; then return 0; fi
  done
  if [ -d "$1/armed" ] && ! [ -L "$1/armed" ]; then return 1; fi
  # without that folder there is no session
  [ -d "$1" ]
}

is_any_armed() {
  for dir in "$home"/sessions/*; do
    if is_armed "$dir"; then return 0; fi
  done
  return 1
}

# The writer of the payload must not meet a closed pipe, and Claude Code waits for this process, not for its child: starting
# `cat` takes longer than all the rest. The child holds open nothing but standard input. It looks for `cat` outside of the
# project, since a PATH may begin with `.`.
drain() {
  exec 3<&0 >/dev/null 2>&1
  (cd / && exec cat) <&3 &
  exit 0
}

# Whether a text is the name of a session.
is_session() {
  case $1 in
  '' | *[!A-Za-z0-9_-]*) return 1 ;;
  esac
  [ ${#1} -le 128 ]
}

# The folder in which the session works. In the place of its own one may be a file that names the session that it has joined;
# where no such session is there, it stays the file, and the program puts that right.
find_dir() {
  dir=$home/sessions/$session
  if ! [ -f "$dir" ]; then return; fi
  joined=$({ cd / && exec dd bs=200 count=1; } <"$dir" 2>/dev/null)
  joined=${joined%%
*}
  if is_session "$joined" && [ -d "$home/sessions/$joined" ]; then dir=$home/sessions/$joined; fi
}

session=${CLAUDE_CODE_SESSION_ID-}
if is_session "$session"; then find_dir; else session=; fi

case $event in
'')
  drain
  ;;
PreToolUse | PostToolUse | PostToolUseFailure | PostToolBatch)
  if [ -n "$session" ]; then
    is_armed "$dir" || [ -f "$dir" ] || drain
  else
    is_any_armed || drain
  fi
  ;;
esac

# Set for the entry of a file that a project shares.
origin=
if [ "${3-}" = shared ]; then origin=shared; fi

# Whether a settings file of the person's own has entries. Claude may be told not to read it.
has_own_entries() {
  for file in "${CLAUDE_CONFIG_DIR:-${HOME-}/.claude}/settings.json" "${CLAUDE_PROJECT_DIR-}/.claude/settings.local.json"; do
    if [ -f "$file" ] && (cd / && grep -q '/hooks/gate\.sh"' "$file") 2>/dev/null; then return 0; fi
  done
  return 1
}

# Where the person's own entries run in this session, in this very Claude, a shared one would do everything twice. Both run
# at once at its start, so there the own one has a second to show itself.
if [ -n "$origin" ] && [ -n "$session" ]; then
  own=$dir/own-$PPID
  if [ "$event" = SessionStart ] && ! [ -e "$own" ] && has_own_entries; then
    for _ in 1 2 3 4 5 6 7 8 9 10; do
      (cd / && sleep 0.1) 2>/dev/null || (cd / && sleep 1)
      if [ -e "$own" ]; then break; fi
    done
  fi
  if [ -e "$own" ]; then drain; fi
fi

# First line: the Node to run. With a second line, `electron`, it is an editor's Electron, which runs as Node on demand.
node=
kind=
# a read from a named pipe would wait
if [ -f "$home/runtime" ] && [ -r "$home/runtime" ]; then
  { IFS= read -r node && IFS= read -r kind; } <"$home/runtime"
fi
if [ "$kind" = electron ]; then export ELECTRON_RUN_AS_NODE=1; fi
# An editor's terminal may --require a file that does not exist any more.
unset NODE_OPTIONS

hook=$home/hooks/hook.cjs
# A hook ends before V8's helper threads are of use, and starting them takes a millisecond.
alone=--v8-pool-size=0
if [ "$kind" = electron ]; then alone=; fi
runnable=
if [ -f "$node" ] && [ -x "$node" ] && [ -f "$hook" ] && [ -r "$hook" ]; then runnable=yes; fi

# the entry that Claude Code runs in the background, and whose exit code 2 wakes it
if [ "$event" = Wake ]; then
  if [ -z "$runnable" ] || ! [ -f "$home/hooks/wake.sh" ] || ! [ -r "$home/hooks/wake.sh" ]; then drain; fi
  . "$home/hooks/wake.sh"
fi

# Claude Code does not wait for this event, and newer versions end its hooks when they exit themselves. A turn that failed is
# recorded all the same.
if [ "$event" = StopFailure ] && [ -n "$runnable" ]; then
  trap '' TERM
  payload=$(cd / && cat)
  run_hook() { printf '%s\n' "$payload" | "$node" $alone "$hook" "$event" "$timeout" $origin; }
  run_hook
  if [ $? -eq 143 ]; then run_hook; fi
  exit 0
fi

if [ "$event" != PreToolUse ] || ! [ -e "$home/fail-closed" ]; then
  [ -n "$runnable" ] || drain
  exec "$node" $alone "$hook" "$event" "$timeout" $origin
fi

# The person prefers a refused tool call to one that Fermata could not check. Node exits with 1 when a program cannot be
# loaded or throws; the shell reports 126 and above for a program that could not start or was killed.
if [ -n "$runnable" ]; then
  "$node" $alone "$hook" "$event" "$timeout" $origin
  code=$?
else
  (cd / && cat) >/dev/null
  code=127
fi
trap - EXIT
if [ "$code" -ne 1 ] && [ "$code" -lt 126 ]; then exit "$code"; fi
echo "Fermata could not look at this call (code $code), and the setting fermata.failClosed refuses it then. Run 'fermata doctor', or delete $home/fail-closed to go on without." >&2
exit 2
