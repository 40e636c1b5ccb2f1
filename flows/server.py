"""A Prefect server for the length of one run: this machine only, SQLite, no account, no network.

Prefect can start one by itself, but then the client imports the whole server before it starts it, and the run
waits for both. Here the server starts first, in a process of its own, while the caller imports what it needs:
``python -m flows.server`` is that process. Runs are kept in Prefect's own database (``PREFECT_HOME``, by default
``~/.prefect``), so that ``prefect server start`` shows them later.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from dedup.surfaces.process import without_looking_for_garbage

from . import internals


class ServerError(Exception):
    """No Prefect server answers, or the one of this run does not start."""


@contextlib.contextmanager
def server(lasting: bool = False) -> Iterator[str]:
    """Point Prefect to a server for as long as the block runs, and give its address.

    A server that the user has named (``PREFECT_API_URL``, or the active Prefect profile) is used as it is;
    otherwise one is started and stopped with the block: with what one run needs, or, when it is ``lasting``, with
    the scheduler and the pages too (on port 4200 if that is free). Call ``ready`` before the first flow runs.
    """
    named = named_address()
    if named is not None:
        yield named
        return
    no_proxy = ",".join(filter(None, [os.environ.get("no_proxy") or os.environ.get("NO_PROXY"), "127.0.0.1"]))
    with _started(lasting) as address, _environment(PREFECT_API_URL=address, no_proxy=no_proxy, NO_PROXY=no_proxy):
        yield address


def named_address() -> str | None:
    """The server that the user has named, if any; read without importing Prefect."""
    if os.environ.get("PREFECT_API_URL"):
        return os.environ["PREFECT_API_URL"]
    profiles = Path(os.environ.get("PREFECT_PROFILES_PATH") or home() / "profiles.toml")
    try:
        settings = tomllib.loads(profiles.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    active = os.environ.get("PREFECT_PROFILE") or settings.get("active")
    return settings.get("profiles", {}).get(active, {}).get("PREFECT_API_URL")


def home() -> Path:
    """Prefect's folder."""
    try:
        return Path(os.environ.get("PREFECT_HOME") or Path.home() / ".prefect").expanduser()
    except RuntimeError:  # a container's user without a home
        return _spare_home()


def ready(address: str, seconds: float = 120.0) -> None:
    """Wait until the server answers; the first start makes its database, which takes some seconds more."""
    import urllib.error
    import urllib.request

    try:
        with urllib.request.urlopen(f"{address.rstrip('/')}/health", timeout=seconds) as answer:
            answer.read()
    except urllib.error.HTTPError:
        return  # it answers, though not to this question (a server that asks for a login)
    except OSError as error:
        raise ServerError(f"no Prefect server answers at {address}: {error}") from error


@contextlib.contextmanager
def _started(lasting: bool) -> Iterator[str]:
    """Start the process; the socket is open before it is, so a request just waits until the server is up."""
    folder = _own_home()
    with _listening(lasting) as listening, tempfile.TemporaryFile() as said:
        host, port = listening.getsockname()
        address = f"http://{host}:{port}/api"
        environment = {
            **os.environ,
            **QUIET,
            **(LASTING | {"PREFECT_SERVER_UI_API_URL": address} if lasting else internals.SMALL),
            "PREFECT_HOME": folder,
            "PYTHONPATH": _path(),
        }
        kept = _Kept(listening, said, environment)
        try:
            with _environment(PREFECT_HOME=folder):
                yield address
        except ServerError as error:
            kept.stop(patience=0)
            said.seek(0)
            lines = said.read().decode("utf-8", "replace").strip().splitlines()
            raise ServerError(
                f"the Prefect server did not start: {lines[-1] if lines else error}. Set PREFECT_HOME to an empty "
                f"folder (it is {folder}), or run with --no-flow"
            ) from error
        finally:
            kept.stop()


class _Kept:
    """The server's process, started again if it dies while it is wanted.

    The socket stays open in this process, so a request that comes while there is no server waits for the next one
    instead of failing: a run does not notice, but for the requests that were under way, which Prefect's client sends
    again. A server that dies as often as RESTARTS is left dead, and the socket is closed: then requests fail.
    """

    def __init__(self, listening: socket.socket, said: IO[bytes], environment: dict[str, str]) -> None:
        self._listening, self._said, self._environment = listening, said, environment
        self._wanted = True
        self._guard = threading.Lock()
        self._process = self._start()
        threading.Thread(target=self._keep, daemon=True, name="keep the Prefect server").start()

    def _start(self) -> subprocess.Popen[bytes]:
        descriptor = self._listening.fileno()
        return subprocess.Popen(
            [sys.executable, "-m", f"{__package__}.server", str(descriptor)],
            stdin=subprocess.PIPE,  # closing it is the order to stop, and death of this process closes it too
            stdout=self._said,
            stderr=self._said,
            pass_fds=[descriptor],
            env=self._environment,
            start_new_session=True,  # Ctrl-C in a terminal is for the run, which tells the server how it ended
        )

    def _keep(self) -> None:
        for _ in range(RESTARTS):
            began = time.monotonic()
            status = self._process.wait()
            with self._guard:
                if not self._wanted or (status >= 0 and time.monotonic() - began < SETTLED):
                    break  # stopped on purpose, or it cannot start: `ready` says why
                self._process = self._start()
        self._process.wait()
        self._listening.close()

    def stop(self, patience: float = 10) -> None:
        """Stop the server, at once after ``patience`` seconds; it may be stopped already."""
        with self._guard:
            self._wanted = False
            process = self._process
        if process.stdin is not None:
            with contextlib.suppress(OSError):
                process.stdin.close()
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


RESTARTS = 20
"""Starts of a server for one run or one service."""

SETTLED = 60.0
"""Seconds after which a server that ended by itself is started again; one that was killed is at any time."""

QUIET = {"PREFECT_API_URL": "", "PREFECT_SERVER_LOGGING_LEVEL": "ERROR"}
"""Environment of a server that we start."""

LASTING = {
    # Leases of concurrency limits outlive a server that is killed; in memory they would hold their slots for good.
    "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
}
"""Environment of a server with a scheduler and pages, which ask port 4200 unless they know where it is."""


def _own_home() -> str:
    """Prefect's folder, made if needed; one for this user beside the temporary files where home cannot be written."""
    for folder in (home(), _spare_home()):
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            refused = error
            continue
        if os.access(folder, os.W_OK | os.X_OK) and folder.stat().st_uid == os.getuid():
            return str(folder)
        refused = PermissionError(13, "it is not yours to write to", str(folder))
        if "PREFECT_HOME" in os.environ:
            break
    raise ServerError(f"Prefect cannot write to {refused.filename} ({refused.strerror}); set PREFECT_HOME")


def _spare_home() -> Path:
    return Path(tempfile.gettempdir()) / f"prefect-{os.getuid()}"


def _listening(lasting: bool) -> socket.socket:
    if lasting:
        with contextlib.suppress(OSError):
            return socket.create_server(("127.0.0.1", 4200))
    return socket.create_server(("127.0.0.1", 0))


@contextlib.contextmanager
def _environment(**values: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _path() -> str:
    """Where Python finds this package, also when it is not installed."""
    here = str(Path(__file__).parents[1])
    return os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH")]))


def _serve(descriptor: int) -> None:
    """The server's process: serve on an open socket until standard input closes."""
    with without_looking_for_garbage(), internals.without_grammar_of_addresses():
        import uvicorn
        from prefect.server.api import server as prefect_server

        internals.asked_routes_first(prefect_server)
        app = prefect_server.create_app()
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="error", access_log=False, lifespan="on", timeout_graceful_shutdown=2)
    )

    def stop() -> None:
        sys.stdin.buffer.read()
        server.should_exit = True

    threading.Thread(target=stop, daemon=True).start()
    server.run(sockets=[socket.socket(fileno=descriptor)])


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
