"""The worker of scenario 1 in plain Python: hooks by subprocess, events with nothing but open(..., "a")."""
import json
import os
import subprocess
import sys
import time

path, gate = sys.argv[1], sys.argv[2]
worker, out, session = (os.environ[name] for name in ("FERMATA_WORKER", "FERMATA_OUT", "FERMATA_SESSION_DIR"))
log = os.path.join(session, "events.jsonl")


def append(**event):
    with open(log, "a") as file:
        file.write(json.dumps({"worker": worker, **event}) + "\n")


def hook(*arguments):
    subprocess.run(["claude-code-hook", *arguments], check=True)


with open(path) as file:
    rows = file.read().strip().split("\n")[1:]
append(t="progress", pct=50, message="half way")
hook("--event", "PreToolUse", "--exit-code", "2", "--stderr", f"{worker} has already loaded {path} into memory",
     "--match", json.dumps({"tool": "Read", "path": path}))
append(t="progress", pct=60)
while not os.path.exists(gate):
    time.sleep(0.02)
with open(os.path.join(out, "summary.json"), "w") as file:
    json.dump({"file": path, "rows": len(rows), "sum": sum(int(row.split(",")[1]) for row in rows)}, file)
hook("--event", "PostToolUse", "--exit-code", "0", "--stderr", f"{worker} complete: {path} processed, {len(rows)} rows analyzed")
append(t="checkpoint", name="merge-ready")
with open(log) as file:
    arrived = [json.loads(line).get("worker") for line in file if '"merge-ready"' in line and '"checkpoint"' in line]
if len(arrived) == 3 and arrived[-1] == worker:
    folder = os.path.dirname(os.path.dirname(out))
    summaries = [os.path.join(folder, name, "out", "summary.json") for name in sorted(os.listdir(folder))]
    hook("--event", "PreToolUse", "--exit-code", "0", "--match", json.dumps({"tool": "Bash", "command": "sh merge.sh*"}),
         "--json-output", json.dumps({"hookSpecificOutput": {"updatedInput": {"command": "sh merge.sh " + " ".join(summaries)}}}))
append(t="done", task="x" + worker)
