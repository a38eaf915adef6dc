"""Calls every function of the client once; prints what came back as JSON. Who speaks is W1; W2 has `taken`."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.environ["FERMATA_HOME"], "clients"))
import fermata as f  # noqa: E402

results = {}
f.progress(40, message="Größe ≥ 3", eta_ms=1000, phase="load")
f.append_event({"t": "log", "level": "info", "message": "line\nbreak \ud800"})
results["block"] = f.block("wait", tool="Read", path="a.csv", until=["free:db", "done:W2"], ttl="5m")
results["unblock"] = f.unblock(results["block"])
f.inform("- news", key="n")
f.rewrite({"file_path": "/b"}, tool="Read", path="a.csv")
f.fail("oops", data={"a": 1})
results["checkpoint"] = f.checkpoint("half", data=[1])
results["token"] = f.acquire("db") > 0
results["taken"] = f.acquire("taken")
results["holder"] = f.current_holder("taken")
results["in use"] = [f.resource_in_use("taken"), f.resource_in_use("db")]
f.release("db")
with f.lock("db", ttl="30s") as token:
    results["locked"] = token > 0
try:
    f.release("db")
except f.Refused as error:
    results["refused"] = error.code
try:
    f.wait("done:W2", timeout="20ms")
except f.TimedOut as error:
    results["timed out"] = error.code
f.ballot("ship", question="Ship?", quorum=1, voters=["W1"])
results["vote"] = f.vote("proceed", ballot="ship", reason="fine")["votes"]
results["tally"] = f.tally("ship")["decided"]
results["votes"] = f.read_votes_from_events("ship")
f.handoff("W1", task="next", data={"n": 1})
f.tell("W1", "hello")
results["inbox"] = [[m["kind"], m["text"], m.get("data")] for m in f.inbox()]
results["ready"] = f.all_workers_ready()
try:
    f.append_event(f.Event("log", level="info", message="x" * 70000))
except ValueError as error:
    results["too long"] = "FERMATA_OUT" in str(error)
results["types"] = list({event["t"] for event in f.read_events()})
f.done(result="all", out="o", task="t")
print(json.dumps(results))
