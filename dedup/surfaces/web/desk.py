"""Texts to look up -> answers, in worker processes that can be ended: no text holds up the others for long.

A look-up uses one worker for as long as it takes, at most its lane's seconds; then the worker is killed and another
takes its place. Short texts have a lane of their own, so that long ones never stand before them; in a lane the
shortest text is next. Who finds too many waiting is asked to come again, instead of waiting in vain.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import multiprocessing
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from dedup.intake.pages import is_page, read_page
from dedup.store import disk

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from dedup.pipeline.answer import Checked


class Lane(NamedTuple):
    """Texts up to ``longest`` characters, each at most ``seconds``, at most ``waiting`` in the queue."""

    longest: int
    seconds: float
    waiting: int


LANES = (Lane(40_000, 5.0, 256), Lane(10_000_000, 20.0, 16))
"""An article has some 5,000 characters; 40,000 take 0.2 s, 500,000 take 5 s (a corpus of 2,691 articles)."""

STARTING = 60.0
"""Seconds that a new worker may take to load the snapshot."""


class TooSlow(Exception):
    """The look-up took longer than its lane allows and was ended."""


class Busy(Exception):
    """Too many look-ups wait already."""


class Desk:
    """The lanes of one output folder. ``check`` may be awaited by any number of requests at once."""

    def __init__(self, out: Path | str, lanes: tuple[Lane, ...] = LANES) -> None:
        self._queues = [_Queue(Path(out), lane) for lane in lanes]

    async def check(self, text: str, title: str | None = None) -> Checked:
        """Look up one text or the HTML of a page. Raises TextError, TooSlow, Busy or StorageError."""
        for queue in self._queues:
            if len(text) <= queue.lane.longest:
                return await queue.answer(text, title)
        raise Busy

    def close(self) -> None:
        """End the workers."""
        for queue in self._queues:
            queue.close()


class _Queue:
    """One worker and the texts that wait for it."""

    def __init__(self, out: Path, lane: Lane) -> None:
        self.lane = lane
        self._worker = _Worker(out, lane.seconds)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="look-up")
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._number = itertools.count()
        self._busy = False

    async def answer(self, text: str, title: str | None) -> Checked:
        await self._my_turn(len(text))
        try:
            loop = asyncio.get_running_loop()
            kind, answer = await loop.run_in_executor(self._thread, self._worker.ask, text, title)
        finally:
            self._next()
        if kind == "answer":
            return answer
        raise answer

    def close(self) -> None:
        self._worker.stop()
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _my_turn(self, size: int) -> None:
        if not self._busy:
            self._busy = True
            return
        if len(self._waiting) >= self.lane.waiting:
            raise Busy
        turn = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (size, next(self._number), turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # called in the moment in which the reader went away
                self._next()
            raise

    def _next(self) -> None:
        while self._waiting:
            _, _, turn = heapq.heappop(self._waiting)
            if not turn.done():
                turn.set_result(None)
                return
        self._busy = False


class _Worker:
    """A process that answers one text at a time; made when it is first asked, made anew when it had to be ended."""

    def __init__(self, out: Path, seconds: float) -> None:
        self._out, self._seconds = out, seconds
        self._process: Any = None
        self._pipe: Connection | None = None

    def ask(self, text: str, title: str | None) -> tuple[str, Any]:
        """("answer", Checked) or ("fault", an exception); blocks, at most the seconds of the lane."""
        try:
            pipe = self._pipe or self._start()
        except disk.StorageError as error:
            self.stop()
            return "fault", error
        except (EOFError, OSError):
            self.stop()
            return "fault", TooSlow("the look-up could not begin")
        try:
            pipe.send((text, title))
            if pipe.poll(self._seconds):
                return pipe.recv()
        except (EOFError, OSError):
            self.stop()
            return "fault", TooSlow("the look-up ended before it had an answer")
        self.stop()
        return "fault", TooSlow(f"the look-up took more than {self._seconds:.0f} seconds and was ended")

    def stop(self) -> None:
        """End the process, whatever it does."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
        if self._pipe is not None:
            self._pipe.close()
        self._process = self._pipe = None

    def _start(self) -> Connection:
        context = multiprocessing.get_context("spawn")
        pipe, theirs = context.Pipe()
        self._pipe = pipe
        self._process = context.Process(target=_work, args=(theirs, str(self._out)), daemon=True)
        self._process.start()
        theirs.close()
        if not pipe.poll(STARTING):
            raise EOFError
        if (fault := pipe.recv()) is not None:
            raise fault
        return pipe


def _work(pipe: Connection, out: str) -> None:
    """A worker's life: load the snapshot, say so (None, or why not), answer until the pipe is closed."""
    from dedup.intake.records import Unreadable
    from dedup.pipeline.lookup import Checker, TextError

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which ends its workers
    try:
        checker = Checker(out)
        checker.check("mot")  # loads the compiled loops, so that no reader waits for them
    except disk.StorageError as error:
        pipe.send(error)
        return
    pipe.send(None)
    while True:
        try:
            text, title = pipe.recv()
        except EOFError:
            return
        try:
            if checker.snapshot.folder != disk.latest(out):  # a run has published since
                checker = Checker(out)
            if is_page(text):
                headline, text, _ = read_page(text)
                title = title or headline
            pipe.send(("answer", checker.check(text, title)))
        except (TextError, disk.StorageError) as error:
            pipe.send(("fault", error))
        except Unreadable as error:
            pipe.send(("fault", TextError(str(error))))
        except Exception as error:  # one text's fault is reported, and the worker goes on
            pipe.send(("fault", RuntimeError(f"{type(error).__name__}: {error}")))
