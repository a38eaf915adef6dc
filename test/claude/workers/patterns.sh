# The nine patterns in sh: patterns.sh STEP. Each step is what one worker does at one moment of patterns.test.ts.
set -eu
w=$FERMATA_WORKER
case $1 in
load) # 1: worker-driven synchronisation
  fermata block "$w has already loaded data1.csv into memory" --tool Read --path data1.csv --key load
  ;;
finish)
  echo "merged by $w" >"$FERMATA_OUT/merged.txt"
  fermata unblock
  fermata inform "$w complete: data1.csv processed, 10M rows analyzed"
  fermata rewrite --tool Bash --command 'cat placeholder*' --input "{\"command\":\"cat $FERMATA_OUT/merged.txt\"}"
  ;;
pace) # 2: pacing
  fermata progress 60 --eta 30s
  fermata block 'Benchmark still running, 60% complete, ETA 30s' --tool Bash --key pace
  ;;
measured)
  fermata unblock
  fermata inform 'Module A: 1.2s avg, 0.1s stddev'
  ;;
checkpoint) # 4: checkpoint synchronisation
  fermata checkpoint schema-loaded --data '{"tables":4}'
  claude-code-hook --event PostToolUse --json-output \
    "{\"hookSpecificOutput\":{\"additionalContext\":\"Worker $w reached schema-loaded\",\"data\":{\"tables\":4}}}"
  ;;
guard) # 5: blocks until ready
  if ! fermata wait done:W1 --timeout 1ms 2>/dev/null; then
    fermata block 'Workers still processing: {workers}' --command 'git merge*' --until done:W1
  fi
  ;;
handoff) # 7: pipeline
  fermata done --task extract
  fermata handoff W2 --task transform --data '{"file":"a.parquet"}'
  claude-code-hook --event PostToolUse --json-output \
    '{"hookSpecificOutput":{"additionalContext":"Pipeline: extract → transform ready"}}'
  ;;
receive)
  case $(fermata inbox --wait 10s --json) in
  *'"task":"transform","data":{"file":"a.parquet"}'*) fermata progress --message 'transforms a.parquet' ;;
  *) exit 1 ;;
  esac
  ;;
proceed | abort) # 8: voting
  fermata vote "$1" --ballot ship --reason "says $w"
  ;;
take) fermata acquire db ;; # 9: resources
want)
  if ! reason=$(fermata acquire db 2>&1); then
    fermata block "${reason#fermata acquire: }" --command 'migrate*' --until free:db
  fi
  ;;
give) fermata release db ;;
critical) # 6: failure escalation
  claude-code-hook --event Stop --exit-code 2 \
    --json-output "{\"decision\":\"block\",\"reason\":\"Worker $w critical failure: checksum mismatch\"}"
  exit 1
  ;;
deploy) # 3: error escalation
  if ! fermata wait ok:W7 2>/dev/null; then
    fermata block --at Stop 'Production deployment blocked: prerequisite environments failed'
  fi
  ;;
*) exit 64 ;;
esac
