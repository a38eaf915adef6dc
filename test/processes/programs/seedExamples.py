"""The examples of the project's founding document, as they stand there, with what they take for granted around them."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ["FERMATA_HOME"], "clients"))
from fermata import *  # noqa: E402, F403
from fermata import all_workers_ready, worker_id  # noqa: E402

my_task, next_task, required_quorum = "extract", "transform", 2


# Example: Worker Blocking Pattern
def worker_block_conductor():
    # Worker can invoke a hook that will fire in Conductor's context
    subprocess.run([
        "claude-code-hook",  # Hypothetical hook invocation
        "--event", "PostToolUse",
        "--exit-code", "2",  # BLOCK!
        "--stderr", "Worker W1 still processing, please wait..."
    ])


# Pattern 1: Worker Checkpoint Synchronization
def worker_checkpoint(checkpoint_name, data):
    # Invoke hook to inject checkpoint status
    result = invoke_hook(
        event="PostToolUse",
        json_output={
            "hookSpecificOutput": {
                "additionalContext": f"Worker {worker_id} reached {checkpoint_name}",
                "data": data
            }
        },
        exit_code=0  # Non-blocking
    )
    return result


# Pattern 2: Worker Blocks Until Ready
def worker_guard_merge():
    if not all_workers_ready():
        invoke_hook(
            event="PreToolUse",
            stderr="Workers still processing: W1(80%), W2(done), W3(45%)",
            exit_code=2  # BLOCK!
        )


# Pattern 3: Worker Failure Escalation
def worker_critical_error(error):
    invoke_hook(
        event="Stop",
        json_output={
            "decision": "block",
            "reason": f"Worker {worker_id} critical failure: {error}"
        },
        exit_code=2  # Force conductor to address
    )


# Pattern: Worker-Managed Pipeline
def worker_pipeline_handoff():
    # Write completion event
    append_event(Event(t="done", task=my_task))

    # Invoke hook to signal next worker
    invoke_hook(
        event="PostToolUse",
        json_output={
            "hookSpecificOutput": {
                "additionalContext": f"Pipeline: {my_task} → {next_task} ready"
            }
        }
    )

    # Next worker polls events and sees it can start


# Pattern: Worker Voting/Consensus
def worker_consensus():
    # Each worker writes vote
    append_event(Event(t="vote", worker=worker_id, decision=sys.argv[2]))

    # Last worker tallies votes and decides
    votes = read_votes_from_events()
    if len(votes) >= required_quorum:
        if votes.count("proceed") > votes.count("abort"):
            invoke_hook(event="PostToolUse",
                       msg="Consensus: proceed",
                       exit_code=0)
        else:
            invoke_hook(event="Stop",
                       msg="Consensus: abort",
                       exit_code=2)


# Pattern: Worker Resource Management
def worker_acquire_resource(resource):
    # Check if resource available
    if resource_in_use(resource):
        current = current_holder(resource)
        # Block conductor from conflicting operation
        invoke_hook(
            event="PreToolUse",
            stderr=f"Resource {resource} in use by {current}",
            exit_code=2
        )
    else:
        # Claim resource
        append_event(Event(t="acquire", resource=resource, worker=worker_id))


example = sys.argv[1]
if example == "checkpoint":
    worker_checkpoint("schema-loaded", {"tables": 4})
elif example == "critical":
    worker_critical_error("checksum mismatch")
elif example == "resource":
    worker_acquire_resource("db")
else:
    globals()[example]()
