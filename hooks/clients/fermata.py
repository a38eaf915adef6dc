"""Fermata for workers in Python: report, hold Claude, coordinate with other workers.

    import os, sys
    sys.path.insert(0, os.path.join(os.environ["FERMATA_HOME"], "clients"))
    from fermata import progress, inform

Standard library only, Python 3.8 or newer. The worker and its session come from the environment that a runner sets. The
`fermata` command can do everything here as well; this module calls it wherever a hook may have to answer, so that an
event is in force when the function returns. Durations are "30s", "5m", "500ms" or seconds.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import time
from typing import Any, Dict, Iterator, List, Optional, Union

Duration = Union[str, int, float]

#: This worker's name, as its runner set it; empty where none did.
worker_id: str = os.environ.get("FERMATA_WORKER", "")

_MAX_LINE_BYTES = 64 * 1024
# Types that no hook answers: their lines are appended without starting a process.
# plain events: made by "npm run docs" from src/protocol/event.ts
_PLAIN = {"progress", "usage", "log"}
# /plain events


class FermataError(Exception):
    """A call that failed. `code` is the command's exit code."""

    code = 1


class Refused(FermataError):
    """The call was refused, or its condition can no longer be met."""


class NoSession(FermataError):
    """There is no session."""

    code = 3


class TimedOut(FermataError):
    """The timeout was reached."""

    code = 4


class LockLost(FermataError):
    """The resource was lost before."""

    code = 5


class Aborted(FermataError):
    """This worker was aborted: it should end."""

    code = 6


_ERRORS = {1: Refused, 3: NoSession, 4: TimedOut, 5: LockLost, 6: Aborted}


class Event(dict):
    """One line of the session's log: Event(t="vote", decision="proceed"). docs/protocol.md has all types."""

    def __init__(self, t: str, **fields: Any) -> None:
        super().__init__(t=t, **fields)


def append_event(event: Dict[str, Any]) -> None:
    """Appends any event; one that a hook may answer is in force when this returns.

    An event that needs a worker and names none gets this one.
    """
    if event.get("t") in _PLAIN:
        _append_line(event)
    else:
        _fermata("emit", json.dumps(event, allow_nan=False))


def _append_line(event: Dict[str, Any]) -> None:
    """One write of a newline, the line, and a newline to a file opened for appending: lines never mix."""
    event = dict(event)
    if event["t"] != "log" and "worker" not in event and worker_id:
        event["worker"] = worker_id
    event.setdefault("ts", int(time.time() * 1000))
    line = ("\n" + json.dumps(event, allow_nan=False) + "\n").encode("ascii")
    if len(line) - 2 > _MAX_LINE_BYTES:
        raise ValueError("this event is too long for the log: write it to a file under $FERMATA_OUT")
    others = [getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY")]  # not every system has them
    fd = os.open(_log_file(), os.O_WRONLY | os.O_APPEND | sum(others))
    try:
        if os.write(fd, line) != len(line):
            raise OSError("the event could not be written whole: is the disk full?")
    finally:
        os.close(fd)


def _log_file() -> str:
    folder = os.environ.get("FERMATA_SESSION_DIR", "")
    if not folder:
        raise NoSession("FERMATA_SESSION_DIR is not set: run this as a worker of a session")
    return os.path.join(folder, "events.jsonl")


def read_events() -> List[Dict[str, Any]]:
    """Every event of the log so far, oldest first; lines that cannot be read are left out."""
    events: List[Dict[str, Any]] = []
    if not os.path.isfile(_log_file()):
        raise OSError("the log of this session is not a file")
    with open(_log_file(), "rb") as log:
        for line in log:
            try:
                value = json.loads(line)
            except ValueError:
                continue
            if isinstance(value, dict) and isinstance(value.get("t"), str):
                events.append(value)
    return events


def _command() -> List[str]:
    """The command that was installed with this file, else the one on PATH, with its first arguments.

    Windows starts no script by its name: there the recorded Node runs it.
    """
    home = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    if os.name == "nt":
        for each in filter(None, (home, os.environ.get("FERMATA_HOME"))):
            with contextlib.suppress(OSError), open(os.path.join(each, "runtime"), encoding="utf-8") as runtime:
                return [runtime.readline().strip(), os.path.join(each, "lib", "fermata.cjs")]
    beside = os.path.join(home, "bin", "fermata")
    return [beside if os.path.exists(beside) else "fermata"]


def _environment() -> Optional[Dict[str, str]]:
    """The recorded Node may be an editor's own executable, which would open a window without this variable."""
    return {**os.environ, "ELECTRON_RUN_AS_NODE": "1"} if os.name == "nt" else None


def _fermata(verb: str, *args: str, **options: Any) -> Dict[str, Any]:
    """Runs `fermata <verb> … --json`; returns its output."""
    ran = subprocess.run(
        [*_command(), verb, "--json", *args, *_flags(options)],
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    if ran.returncode != 0:
        error = _ERRORS.get(ran.returncode, FermataError)(ran.stderr.decode("utf-8", "replace").strip())
        error.code = ran.returncode
        raise error
    return json.loads(ran.stdout.decode("utf-8")) if ran.stdout.strip() else {}


def _flags(options: Dict[str, Any]) -> List[str]:
    flags: List[str] = []
    for name, value in options.items():
        option = "--" + name.replace("_", "-")
        if value is None or value is False:
            continue
        if value is True:
            flags.append(option)
        elif isinstance(value, (list, tuple)):
            for one in value:
                flags += [option, str(one)]
        else:
            flags += [option, str(value)]
    return flags


def _json(data: Any) -> Optional[str]:
    return None if data is None else json.dumps(data, allow_nan=False)


def invoke_hook(
    event: str,
    json_output: Any = None,
    exit_code: int = 0,
    stderr: Optional[str] = None,
    msg: Optional[str] = None,
    now: bool = False,
    **standing: Any,
) -> Dict[str, Any]:
    """Invokes one of Claude Code's hooks: exit code 0 informs, 2 blocks, any other warns.

    `standing` is its scope and its end: tool, path, command, until, ttl, key. Returns the block that it made, if any, as
    {"block": "B1", "standing": True}.
    """
    return _fermata(
        "hook",
        event=event,
        exit_code=str(exit_code),
        stderr=stderr,
        json_output=_json(json_output),
        message=msg,
        now=now,
        **standing,
    )


def progress(
    pct: Optional[float] = None,
    *,
    done: Optional[float] = None,
    total: Optional[float] = None,
    eta_ms: Optional[float] = None,
    message: Optional[str] = None,
    phase: Optional[str] = None,
) -> None:
    """Reports the progress of this worker (pct: 0 to 100). Costs one write, no process."""
    fields = {"pct": pct, "done": done, "total": total, "etaMs": eta_ms, "message": message, "phase": phase}
    _append_line({"t": "progress", **{name: value for name, value in fields.items() if value is not None}})


def done(result: Optional[str] = None, out: Optional[str] = None, task: Optional[str] = None) -> None:
    """Reports that this worker's task is done."""
    _fermata("done", result=result, out=out, task=task)


def fail(message: str, critical: bool = False, data: Any = None) -> None:
    """Reports an error; a critical one holds the end of Claude's turn until Claude has reported how it resolved it."""
    _fermata("fail", message, critical=critical, data=_json(data))


def inform(text: str, at: Optional[str] = None, key: Optional[str] = None, now: bool = False) -> None:
    """Gives Claude information with its next tool call; `now` wakes Claude if it is idle."""
    _fermata("inform", text, at=at, key=key, now=now)


def block(reason: str, at: Optional[str] = None, **standing: Any) -> str:
    """Blocks Claude until the block is cleared, released or expired. Returns the block, such as "B1".

    `standing`: tool, path, command (its scope), until, ttl, key (its end).
    """
    return _fermata("block", reason, at=at, **standing)["block"]


def unblock(block_id: Optional[str] = None) -> List[str]:
    """Clears one block of this worker, or all of them. Returns the blocks that were cleared."""
    return _fermata("unblock", *([] if block_id is None else [block_id]))["cleared"]


def rewrite(updated_input: Dict[str, Any], **match: Any) -> None:
    """Changes the input of Claude's next matching call, once. `match`: tool, path, command."""
    _fermata("rewrite", input=_json(updated_input), **match)


def checkpoint(name: str, data: Any = None, wait: bool = False, timeout: Optional[Duration] = None) -> Dict[str, Any]:
    """Reaches a checkpoint; with `wait` returns when all workers of the run have reached it.

    Returns {"last": …, "arrived": […], "missing": […]}; "last" is true for the one that completed it.
    """
    return _fermata("checkpoint", name, data=_json(data), wait="all" if wait else None, timeout=timeout)


def wait(*conditions: str, timeout: Optional[Duration] = None) -> None:
    """Waits until all are met: "done:W1", "ok:all", "free:db", "agreed:ship", "checkpoint:NAME".

    Raises Refused if they no longer can be, TimedOut at the timeout, Aborted if this worker is aborted.
    """
    _fermata("wait", *conditions, timeout=timeout)


def acquire(
    resource: str, shared: bool = False, ttl: Optional[Duration] = None, wait: Union[bool, Duration] = False
) -> Optional[int]:
    """Asks for a resource (a lock); `file:PATH` also keeps all others from editing that file.

    Returns its fencing token; None if another worker holds it and `wait` is not given.
    """
    try:
        return _fermata("acquire", resource, shared=shared, ttl=ttl, wait=wait)["token"]
    except Refused:
        return None


def release(resource: str) -> None:
    """Releases a resource. Raises LockLost if it was lost before."""
    _fermata("release", resource)


@contextlib.contextmanager
def lock(resource: str, shared: bool = False, ttl: Optional[Duration] = None) -> Iterator[int]:
    """Holds a resource while the `with` block runs: `with lock("db") as token: …`. Waits for it first."""
    token = acquire(resource, shared=shared, ttl=ttl, wait=True)
    try:
        yield token or 0
    finally:
        release(resource)


def current_holder(resource: str) -> Optional[str]:
    """The holder of a resource; None if it is free."""
    for held in status()["locks"]:
        if held["resource"] == resource:
            return held["holder"]
    return None


def resource_in_use(resource: str) -> bool:
    """Whether another worker holds a resource."""
    return current_holder(resource) not in (None, worker_id)


def ballot(
    name: str,
    question: Optional[str] = None,
    quorum: Optional[int] = None,
    voters: Optional[List[str]] = None,
    rule: Union[str, float, None] = None,
    options: Optional[List[str]] = None,
    deadline: Optional[Duration] = None,
) -> None:
    """Opens a ballot."""
    _fermata(
        "ballot",
        name,
        question=question,
        quorum=quorum,
        voters=None if voters is None else ",".join(voters),
        rule=rule,
        options=None if options is None else ",".join(options),
        deadline=deadline,
    )


def vote(decision: str, ballot: Optional[str] = None, reason: Optional[str] = None) -> Dict[str, Any]:
    """Votes; a vote may be changed until the ballot is decided. Returns the state of the ballot after that."""
    return _fermata("vote", decision, ballot=ballot, reason=reason)


def tally(name: str = "default") -> Dict[str, Any]:
    """The current state of a ballot: {"votes": {"W1": "proceed"}, "quorum": …, "decided": …, "why": …}."""
    return _fermata("tally", name)


def read_votes_from_events(name: str = "default") -> List[str]:
    """The votes that count, one for each worker."""
    for known in status()["ballots"]:
        if known["id"] == name:
            return list(known["votes"].values())
    return []


def handoff(to: str, task: Optional[str] = None, data: Any = None) -> None:
    """Hands this worker's result on to another worker."""
    _fermata("handoff", to, task=task, data=_json(data))


def tell(to: str, text: str) -> None:
    """Sends a message to a worker, to "conductor", or to "user", the person."""
    _fermata("tell", to, text)


def inbox(wait: Union[bool, Duration] = False) -> List[Dict[str, Any]]:
    """The messages to this worker that it has not read yet; with `wait` it waits for the first one."""
    return _fermata("inbox", wait=wait)["messages"]


def watch(tool: Optional[str] = None) -> Iterator[Dict[str, Any]]:
    """Claude's tool calls, as they come, until this worker or the session ends."""
    watching = subprocess.Popen(
        [*_command(), "watch", "--follow", *_flags({"tool": tool})],
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    )
    assert watching.stdout is not None
    try:
        for line in watching.stdout:
            yield json.loads(line)
    finally:
        watching.kill()
        watching.wait()


def status() -> Dict[str, Any]:
    """The session, as `fermata status --json` prints it."""
    return _fermata("status")


def all_workers_ready() -> bool:
    """Whether every other worker of this one's run has ended."""
    workers = status()["workers"]
    run = next((w["run"] for w in workers if w["id"] == worker_id), None)
    ended = ("done", "failed", "aborted", "lost")
    return all(w["id"] == worker_id or w["run"] != run or w["state"] in ended for w in workers)
