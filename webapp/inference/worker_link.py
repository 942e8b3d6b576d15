"""The web process's side of one worker: sends it images, and notices when it ends.

At most two images are with a worker at once: the one in work, and the next one, so that the worker never
waits for the web process and no frame grows old in a queue. Threads and sockets are the standard library's,
which eventlet makes green.
"""

from __future__ import annotations

import json
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from typing import Final

from webapp.config import Settings
from webapp.inference import wire
from webapp.inference.tickets import Ticket
from webapp.inference.turns import Turns
from webapp.inference.twins import start_twin
from webapp.inference.worker_start import Process, start_worker

IN_WORK: Final = 2

REST_S: Final = 0.05
"""Between two looks whether images that rest may go on."""


class WorkerLink:
    """One worker process.

    Attributes:
        sessions: the numbers of the sessions that it serves.
    """

    def __init__(self, settings: Settings, on_loss: Callable[[WorkerLink], None], twin_of: WorkerLink | None = None):
        """Start the process and wait until it has loaded its models.

        Args:
            settings: of the server.
            on_loss: called once, from the reading thread, when the process is gone.
            twin_of: a worker that has seen no picture yet, to fork it from; None to start it by itself.

        Raises:
            WorkerError: it did not come up.
        """
        self.sessions: set[int] = set()
        self._on_loss = on_loss
        self._lock = threading.RLock()
        self._sending = threading.Lock()
        self._turns = Turns()
        self._feeds_again = False
        self._in_work: dict[int, Ticket] = {}
        self._last_number = 0
        self._heard_at = time.monotonic()
        self.alive = True
        self._process, self._connection = twin_of._start_twin() if twin_of else start_worker(settings)
        threading.Thread(target=self._read, name=f"worker-{self._process.pid}", daemon=True).start()

    def _start_twin(self) -> tuple[Process, socket.socket]:
        return start_twin(self._process, lambda orders: self._send(wire.TWIN, 0, orders))

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    @property
    def waiting(self) -> int:
        """Images that wait or are in work."""
        with self._lock:
            return len(self._turns) + len(self._in_work)

    def submit(self, ticket: Ticket) -> None:
        """Put a ticket into its session's slot (an older frame there is dropped) or into the pictures' queue."""
        with self._lock:
            if not self.alive:
                ticket.finish(dropped="worker_lost")
                return
            older = self._turns.put(ticket)
        if older is not None:
            older.finish(dropped="newer_frame")
        self._feed()

    def forget(self, session: int) -> None:
        """Forget a session: its waiting frame is dropped, and the worker forgets its tracks."""
        with self._lock:
            self.sessions.discard(session)
            ticket = self._turns.forget(session)
        if ticket is not None:
            ticket.finish(dropped="newer_frame")
        if self.alive:
            self._send(wire.FORGET, session)

    def begin_camera(self, session: int) -> None:
        """Forget a session's faces: the next frame is of another camera."""
        if self.alive:
            self._send(wire.NEW_CAMERA, session)

    def hangs(self, timeout: float) -> bool:
        """Whether it has had work for `timeout` seconds and has answered nothing."""
        with self._lock:
            return bool(self._in_work) and time.monotonic() - self._heard_at > timeout

    def kill(self) -> None:
        """End the process at once; the reading thread then reports the loss."""
        self._process.kill()

    def close(self, reason: str = "shutting_down") -> None:
        """Drop what waits and let the process end by itself; `wait_for_end` makes sure that it does."""
        self._end(reason)
        # Shut down first: a close alone does not wake the thread that reads.
        for action in (lambda: self._connection.shutdown(socket.SHUT_RDWR), self._connection.close):
            try:
                action()
            except OSError:
                continue

    def wait_for_end(self, timeout: float) -> None:
        """Wait until the process has ended, and kill it after `timeout` seconds."""
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _feed(self) -> None:
        """Send what is next while there is room."""
        while (job := self._next_job()) is not None:
            number, ticket = job
            if ticket.session is None:
                self._send(wire.PICTURE, number, ticket.data)
            else:
                self._send(wire.FRAME, number, wire.pack_session(ticket.session), ticket.data)
        with self._lock:
            all_rest = self.alive and len(self._turns) > 0 and not self._in_work and not self._feeds_again
            self._feeds_again |= all_rest
        if all_rest:  # nothing else would bring their turn about
            timer = threading.Timer(REST_S, self._feed_again)
            timer.daemon = True
            timer.start()

    def _feed_again(self) -> None:
        with self._lock:
            self._feeds_again = False
        self._feed()

    def _next_job(self) -> tuple[int, Ticket] | None:
        with self._lock:
            if not self.alive or len(self._in_work) >= IN_WORK:
                return None
            ticket = self._turns.next(idle=not self._in_work)
            if ticket is None:
                return None
            self._turns.take(ticket)
            self._last_number += 1
            if not self._in_work:
                self._heard_at = time.monotonic()
            self._in_work[self._last_number] = ticket
            ticket.sent, ticket.sent_at = time.perf_counter(), time.monotonic()
            return self._last_number, ticket

    def _send(self, kind: int, number: int, *parts: bytes) -> None:
        try:
            with self._sending:
                wire.send(self._connection, kind, number, *parts)
        except OSError:
            return  # the reading thread sees the same and reports it

    def _read(self) -> None:
        try:
            while True:
                self._take(wire.receive(self._connection))
        except (EOFError, OSError):
            if self._end("worker_lost"):
                self._connection.close()
                self._process.kill()
                self._process.wait()
                self._on_loss(self)

    def _take(self, message: wire.Message) -> None:
        with self._lock:
            ticket = self._in_work.pop(message.number, None)
            began, self._heard_at = self._heard_at, time.monotonic()
            if ticket is not None:
                self._turns.charge(ticket, self._heard_at - max(began, ticket.sent_at))
        self._feed()
        if ticket is None:
            return
        if message.kind == wire.RESULT:
            ticket.finish(result=wire.unpack_result(message.body))
        else:
            ticket.finish(error=json.loads(bytes(message.body)))

    def _end(self, reason: str) -> bool:
        """Drop everything for `reason`.

        Returns:
            Whether this call ended it; False if it had ended before.
        """
        with self._lock:
            was_alive, self.alive = self.alive, False
            # A worker takes its images in their order: the oldest is the one that it was lost over.
            lost_over = self._in_work[min(self._in_work)] if self._in_work and reason == "worker_lost" else None
            left = [*self._in_work.values(), *self._turns.clear()]
            self._in_work.clear()
        for ticket in left:
            ticket.finish(dropped=reason, fatal=ticket is lost_over)
        return was_alive
