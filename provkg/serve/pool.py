"""A few worker processes: each answers one query at a time, and is replaced when its time is over."""

from __future__ import annotations

from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path
from queue import Empty, LifoQueue
from threading import Lock

from provkg.errors import RequestError
from provkg.serve.worker import Job, Reply, work

SIZE = 4
"""Queries at the same time; what comes beside them waits for one to end."""

MEMORY_BYTES = 2 << 30
"""What one process may take. Sorting a cross product takes 400 MB in each second."""

START_SECONDS = 60.0
"""How long a process may take to come up, which a query's time does not count."""


class Worker:
    """One process, and the line to it."""

    def __init__(self, folder: Path, memory_bytes: int) -> None:
        context = get_context("spawn")  # forking beside the threads of a server is not safe
        self._line, there = context.Pipe()
        self._process = context.Process(target=work, args=(str(folder), there, memory_bytes), daemon=True)
        self._process.start()
        there.close()
        self._is_ready = False

    def ask(self, job: Job, seconds: float) -> Reply | None:
        """The reply; None where it does not come in time.

        Raises:
            EOFError, OSError: the process has ended.
        """
        if not self._is_ready:
            if not self._line.poll(START_SECONDS):
                return None
            self._is_ready = bool(self._line.recv())
        self._line.send(job)
        if not self._line.poll(seconds):
            return None
        reply: Reply = self._line.recv()
        return reply

    def kill(self) -> None:
        """End the process, whatever it is doing."""
        self._process.kill()
        self._process.join()


class Pool:
    """Workers that read the store in `folder`; a query may take `seconds`, and wait as long for its turn."""

    def __init__(
        self, folder: Path, seconds: float, size: int = SIZE, memory_bytes: int = MEMORY_BYTES
    ) -> None:
        self._folder = folder
        self._memory_bytes = memory_bytes
        self._seconds = seconds
        self._free: LifoQueue[Worker | None] = LifoQueue()  # last in, first out: those that are up, first
        self._all: set[Worker] = set()
        self._lock = Lock()
        self._is_closed = False
        for _ in range(size - 1):
            self._free.put(None)
        self._free.put(self._start())

    def ask(self, job: Job) -> Reply:
        """The reply to a job.

        Raises:
            RequestError: 503, it takes too long, all workers are busy, or its process died.
        """
        worker = self._take()
        try:
            reply = worker.ask(job, self._seconds)
        except (EOFError, OSError) as error:
            self._replace(worker)
            raise self._died() from error
        except BaseException:
            self._replace(worker)
            raise
        if reply is None:
            self._replace(worker)
            raise RequestError(
                503,
                f"the query was stopped: it took longer than {self._seconds:g} seconds",
                hint="ask for less, or start the server with a longer --timeout",
            )
        self._free.put(worker)
        return reply

    def close(self) -> None:
        """End all workers, busy or not."""
        with self._lock:
            self._is_closed = True
            workers, self._all = self._all, set()
        for worker in workers:
            worker.kill()

    def _take(self) -> Worker:
        try:
            return self._free.get(timeout=self._seconds) or self._start()
        except Empty:
            raise RequestError(503, "all workers are busy", hint="ask again in a moment") from None

    def _start(self) -> Worker:
        with self._lock:
            if self._is_closed:
                raise RequestError(503, "the server is about to end")
            worker = Worker(self._folder, self._memory_bytes)
            self._all.add(worker)
            return worker

    def _replace(self, worker: Worker) -> None:
        with self._lock:
            is_ours = worker in self._all
            self._all.discard(worker)
        if is_ours:
            worker.kill()
        with suppress(RequestError):  # closed: nobody asks again
            self._free.put(self._start())

    def _died(self) -> RequestError:
        if self._is_closed:
            return RequestError(503, "the server is about to end")
        return RequestError(
            503,
            "the process that answers ended, for want of memory or because the query is nested too deeply",
            hint="ask for less, or in other words",
        )
