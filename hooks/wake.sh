# The waiter that wakes an idle session: gate.sh reads this in for its `asyncRewake` entry (`gate.sh Wake <timeout>`).
# Claude Code runs that entry in the background. When it exits with 2, Claude Code starts a turn with its standard error.
# One waiter a session sleeps in this shell, checks once a second whether waking is armed, and only then starts Node. A
# resident Node would take 40 MB a session. A read from a FIFO would save the check, but not show that Claude has exited;
# here both are a few system calls of the shell itself.

# programs are not looked for in the project, where a PATH with `.` would lead
cd /
if [ -z "$session" ]; then drain; fi
cat >/dev/null
lock=$dir/waiter

# Through a link of an older Fermata only another session beside it is worked in: nothing is read or written elsewhere.
if [ -L "$dir" ]; then
  case $(readlink "$dir") in
  */*) drain ;;
  esac
fi

# The two fields of the lock: its holder, and the Claude of the holder, as process ids.
read_lock() {
  holder=
  claude=
  # a read from a named pipe would wait
  if [ -f "$lock" ] && ! [ -L "$lock" ]; then { read -r holder claude <"$lock"; } 2>/dev/null; fi
}

# Where there is no /proc, as on macOS, `ps` shows parents, terminals and arguments.
proc=
if [ -r /proc/self/stat ]; then proc=yes; fi

# What `ps` shows of a process, without the blanks around it; nothing where it fails.
shown() {
  value=$(LC_ALL=C ps -ww -o "$1=" -p "$2" 2>/dev/null) || value=
  value=${value#"${value%%[! ]*}"}
  echo "${value%"${value##*[! ]}"}"
}

# Whether a process exists and is still the child of the other one. An orphan gets another parent, and a process id that was
# given out again has another one. Without /proc that is looked at once, when a waiter begins: a `ps` each second costs more.
is_child() {
  if [ -n "$proc" ]; then
    parent=
    { read -r _ _ _ parent _ <"/proc/$1/stat"; } 2>/dev/null
    [ "$parent" = "$2" ]
  else
    kill -0 "$1" 2>/dev/null && kill -0 "$2" 2>/dev/null || return 1
    if [ "$1" = $$ ]; then return 0; fi
    parent=$(shown ppid "$1")
    [ -z "$parent" ] || [ "$parent" = "$2" ]
  fi
}

# Only the Conductor is woken. A worker's or a joined session works in the folder of another one.
is_conductor() {
  owner=
  if ! [ -f "$dir/session.json" ] || [ -L "$dir/session.json" ]; then return 1; fi
  {
    while IFS='"' read -r _ key _ owner _; do
      if [ "$key" = session ]; then break; fi
    done <"$dir/session.json"
  } 2>/dev/null
  [ "$owner" = "$session" ]
}

# Where Claude would run this entry in the foreground, the waiter must not wait: with plain `-p`, and with anything unknown.
# Claude is interactive with a terminal at both ends and no option against it; with `--input-format stream-json` it waits
# for input as well.
kind_of_claude() {
  kind=plain
  if [ -n "$proc" ]; then
    args=$({ tr '\n\0' ' \n' <"/proc/$PPID/cmdline"; } 2>/dev/null) || args=
    # a program that Node runs may have overwritten its command line with its title
    case $(readlink "/proc/$PPID/exe" 2>/dev/null) in
    '' | */node | */bun) return ;;
    esac
  else
    # Each supported Claude Code sets this to `cli` where it is interactive, and to something else where it is not.
    case ${CLAUDE_CODE_ENTRYPOINT-} in
    cli) kind=interactive ;;
    esac
    if [ -n "${CLAUDE_CODE_ENTRYPOINT-}" ]; then return; fi
    args=$(shown args "$PPID" | tr ' ' '\n') || args=
  fi
  print=
  stream=
  before=
  set -f
  # split at line ends only
  IFS='
'
  for arg in $args; do
    case $arg in
    --print | --print=* | --init-only | --maintenance | --sdk-url*) print=yes ;;
    --input-format=stream-json) stream=yes ;;
    stream-json) if [ "$before" = --input-format ]; then stream=yes; fi ;;
    --*) ;;
    -*p*) print=yes ;;
    esac
    before=$arg
  done
  unset IFS
  set +f
  if [ -z "$proc" ]; then
    # whether a streamed input has ended cannot be seen
    if [ -z "$stream$print" ] && has_terminal; then kind=interactive; fi
  elif [ -z "$args" ]; then
    return
  elif [ -n "$stream" ]; then
    kind=stream
  elif [ -z "$print" ] && is_terminal 0 && is_terminal 1; then
    kind=interactive
  fi
}

is_terminal() {
  case $(readlink "/proc/$PPID/fd/$1" 2>/dev/null) in
  /dev/pts/* | /dev/tty* | /dev/console) return 0 ;;
  esac
  return 1
}

# Whether Claude has a terminal: by `ps`, and without one because this process, its child, has one.
has_terminal() {
  case $(shown tty "$PPID") in
  *[?-]*) return 1 ;;
  '') (exec 3</dev/tty) 2>/dev/null ;;
  esac
}

# Whether Claude still listens to its standard input. At the end of a streamed input it waits up to 30 seconds for entries
# like this one, so the waiter has to exit by itself. Claude's epoll descriptor lists what it listens to.
listens() {
  if [ -n "$epoll" ] && has_input "$epoll"; then return 0; fi
  for epoll in "/proc/$PPID/fdinfo"/*; do
    if has_input "$epoll"; then return 0; fi
  done
  epoll=
  return 1
}

has_input() {
  {
    while read -r key number _; do
      if [ "$key $number" = 'tfd: 0' ]; then return 0; fi
    done <"$1"
  } 2>/dev/null
  return 1
}

# Whether the plugin in Claude Code runs and wakes the session by itself: it renews its sign of life.
mod_runs() {
  seen=
  if ! [ -f "$dir/mod" ] || [ -L "$dir/mod" ]; then return 1; fi
  wakes=
  { read -r seen _ wakes <"$dir/mod"; } 2>/dev/null
  if [ "$wakes" != wakes ]; then return 1; fi
  case $seen in
  '' | *[!0-9]* | ?????????????*) return 1 ;;
  esac
  now=$(date +%s 2>/dev/null) || return 1
  [ $((now - seen)) -lt 120 ] && [ $((seen - now)) -lt 120 ]
}

may_wait() {
  # it has begun to run after this waiter
  if [ "$dir/mod" -nt "$lock" ] && mod_runs; then return 1; fi
  if ! is_child $$ "$PPID"; then return 1; fi
  read_lock
  if [ "$holder $claude" != "$$ $PPID" ]; then return 1; fi
  if [ "$kind" != stream ] || listens; then return 0; fi
  # between two reads it may not listen for a moment
  sleep 0.1
  listens
}

read_lock
if [ -n "$holder" ] && [ "$claude" = "$PPID" ] && is_child "$holder" "$claude"; then exit 0; fi

kind_of_claude
if [ "$kind" = plain ]; then exit 0; fi

# At the start of a session the hook beside this one still creates its folder, or names the session that it continues.
tries=0
until
  find_dir
  lock=$dir/waiter
  is_conductor
do
  tries=$((tries + 1))
  if [ -e "$dir/session.json" ]; then tries=$((tries + 5)); fi
  if [ $tries -gt 20 ] || ! is_child $$ "$PPID"; then exit 0; fi
  sleep 0.5 || sleep 1
done

if mod_runs; then exit 0; fi

# After the end of the last waiter, or for another Claude, this one takes the lock. Of several the last writer keeps it: the
# others see at their next check that it is not theirs.
read_lock
if [ -n "$holder" ] && [ "$claude" = "$PPID" ] && is_child "$holder" "$claude"; then exit 0; fi
rm -f "$lock"
(
  set -C
  echo "$$ $PPID" >"$lock"
) 2>/dev/null || exit 0

pause=1
if [ "$kind" = stream ]; then pause=0.5; fi
epoll=
rest=0
while may_wait; do
  if [ $rest -gt 0 ]; then
    rest=$((rest - 1))
  elif [ -e "$dir/armed/Wake" ]; then
    "$node" "$home/hooks/wake.cjs" "$session"
    if [ $? -eq 2 ]; then
      rm -f "$lock"
      # the trap of gate.sh turns every other 2 into 1
      trap - EXIT
      exit 2
    fi
    # Claude is at work, or was woken often enough: this can wait, and Node is not started every second
    rest=5
  fi
  sleep $pause || sleep 1
done

read_lock
if [ "$holder" = $$ ]; then rm -f "$lock"; fi
exit 0
