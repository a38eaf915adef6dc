#!/bin/sh
# Claude Code runs this at every hook event, with the payload on standard input: gate.sh <Event> <timeout in seconds> [shared].
# Exit code 2 would deny a tool call, and shells exit with it at a syntax error, some without their trap (bash 3.2 of macOS).
# So this has no quotes, brackets or conditions, and nothing that prints: wherever it is cut off, what is left does no harm. The
# work is in gate.sh.program.
IFS=:
plain=set:-f
$plain
trap=command:trap:\[\ \$?\ -lt\ 2\ ]\ \|\|\ exit\ 1:EXIT
$trap
IFS=
program=$0.program
command . $program
# without that file everything passes, and who writes the payload meets no closed pipe
cd /
sed d
exit 0
