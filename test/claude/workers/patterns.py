"""The nine patterns in Python: patterns.py STEP. Each step is what one worker does at one moment of patterns.test.ts."""
import os
import sys

sys.path.insert(0, os.path.join(os.environ["FERMATA_HOME"], "clients"))
import fermata as f  # noqa: E402
from fermata import worker_id as w  # noqa: E402

step, out = sys.argv[1], os.path.join(os.environ["FERMATA_OUT"], "merged.txt")

if step == "load":  # 1: worker-driven synchronisation
    f.block(f"{w} has already loaded data1.csv into memory", tool="Read", path="data1.csv", key="load")
elif step == "finish":
    with open(out, "w") as file:
        print(f"merged by {w}", file=file)
    f.unblock()
    f.inform(f"{w} complete: data1.csv processed, 10M rows analyzed")
    f.rewrite({"command": f"cat {out}"}, tool="Bash", command="cat placeholder*")
elif step == "pace":  # 2: pacing
    f.progress(60, eta_ms=30000)
    f.block("Benchmark still running, 60% complete, ETA 30s", tool="Bash", key="pace")
elif step == "measured":
    f.unblock()
    f.inform("Module A: 1.2s avg, 0.1s stddev")
elif step == "checkpoint":  # 4: checkpoint synchronisation
    f.checkpoint("schema-loaded", data={"tables": 4})
    context = {"additionalContext": f"Worker {w} reached schema-loaded", "data": {"tables": 4}}
    f.invoke_hook(event="PostToolUse", json_output={"hookSpecificOutput": context}, exit_code=0)
elif step == "guard":  # 5: blocks until ready
    if not f.all_workers_ready():
        f.block("Workers still processing: {workers}", command="git merge*", until="done:W1")
elif step == "handoff":  # 7: pipeline
    f.append_event(f.Event(t="done", task="extract"))
    f.handoff("W2", task="transform", data={"file": "a.parquet"})
    context = {"additionalContext": "Pipeline: extract → transform ready"}
    f.invoke_hook(event="PostToolUse", json_output={"hookSpecificOutput": context})
elif step == "receive":
    [message] = f.inbox(wait="10s")
    f.progress(message=f"{message['task']}s {message['data']['file']}")
elif step in ("proceed", "abort"):  # 8: voting
    f.vote(step, ballot="ship", reason=f"says {w}")
elif step == "take":  # 9: resources
    f.acquire("db")
elif step == "want":
    if f.acquire("db") is None:
        f.block(f"Resource db in use by {f.current_holder('db')}", command="migrate*", until="free:db")
elif step == "give":
    f.release("db")
elif step == "critical":  # 6: failure escalation
    reason = f"Worker {w} critical failure: checksum mismatch"
    f.invoke_hook(event="Stop", json_output={"decision": "block", "reason": reason}, exit_code=2)
    sys.exit(1)
elif step == "deploy":  # 3: error escalation
    try:
        f.wait("ok:W7")
    except f.Refused:
        f.block("Production deployment blocked: prerequisite environments failed", at="Stop")
else:
    sys.exit(64)
