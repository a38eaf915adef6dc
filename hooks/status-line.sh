#!/bin/sh
# Stands before the command of Claude Code's status line: it hands on what that is handed, and keeps a copy of it in the session's
# folder, for the figures in it that Claude Code shows nowhere else. It runs several times a second, so that it reads none of them:
# once a minute it starts the program that does, and a hook does where a limit depends on them. It prints nothing of its own and
# always ends well.
set +e -f
# a PATH may begin with the project's folder
cd / 2>/dev/null
home=${0%/hooks/*}
payload=$(cat && printf x)
payload=${payload%x}
printf %s "$payload"
# whatever reads it may begin
exec >/dev/null 2>&1

if [ ${#payload} -gt 65536 ]; then exit 0; fi
case $payload in
'{'*'"session_id":"'*) ;;
*) exit 0 ;;
esac
session=${payload#*\"session_id\":\"}
session=${session%%\"*}
case $session in
'' | *[!A-Za-z0-9_-]*) exit 0 ;;
esac
if [ ${#session} -gt 128 ]; then exit 0; fi
# without hooks there is no such folder, and a Claude that has joined another session has a file in its place
dir=$home/sessions/$session
if [ -L "$dir" ] || ! [ -d "$dir" ]; then exit 0; fi

# nothing is written through a link, and what is read is whole
new=$dir/status-line.new
if [ -e "$new" ] || [ -L "$new" ]; then rm -f "$new"; fi
umask 077
set -C
printf %s "$payload" >"$new" || exit 0
mv -f "$new" "$dir/status-line.json" || exit 0
set +C

now=$(date +%s)
read=$dir/status-line.read
last=
if [ -f "$read" ] && ! [ -L "$read" ]; then IFS= read -r last <"$read"; fi
case $last in
'' | *[!0-9]* | ???????????*) last=0 ;;
esac
if [ "$now" -ge "$last" ] && [ $((now - last)) -lt 60 ]; then exit 0; fi
if [ -L "$read" ]; then rm -f "$read"; fi
if [ -e "$read" ] && ! [ -f "$read" ]; then exit 0; fi
printf '%s\n' "$now" >"$read" || exit 0

node=
kind=
if [ -f "$home/runtime" ] && [ -r "$home/runtime" ]; then
  { IFS= read -r node && IFS= read -r kind; } <"$home/runtime"
fi
if ! [ -x "$node" ]; then exit 0; fi
if [ "$kind" = electron ]; then export ELECTRON_RUN_AS_NODE=1; fi
unset NODE_OPTIONS
"$node" "$home/hooks/mod.cjs" "$session" '{}' </dev/null &
exit 0
