"""All workers: which one serves which session, and a new one for each that is lost."""

from __future__ import annotations

import itertools
import logging
import secrets
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from webapp.cluster.away import StoreAwayError
from webapp.config import Settings
from webapp.inference.tickets import Outcome, Ticket
from webapp.inference.twins import adopts_orphans
from webapp.inference.worker_link import WorkerLink
from webapp.inference.worker_start import WorkerError

if TYPE_CHECKING:
    from webapp.cluster.places import SharedPlaces

log = logging.getLogger(__name__)

WATCH_EVERY_S: Final = 0.5

LONGEST_PAUSE_S: Final = 10.0
"""Seconds between two tries to start a worker, at most."""


END_TIMEOUT_S: Final = 2.0
"""Seconds that all workers together have to end; those that still run then are killed."""


class PoolBusyError(Exception):
    """As many pictures wait as may (`max_uploads`)."""


class WorkerPool:
    """All workers; a session is given to the least loaded one and stays there while it lives.

    Attributes:
        replaced: workers that were lost and replaced so far.
    """

    def __init__(self, settings: Settings, shared_uploads: SharedPlaces | None = None):
        """Know the settings; `start` starts the workers.

        Args:
            settings: of the server.
            shared_uploads: the places for pictures at all nodes; None where this node is alone.
        """
        self._settings, self._shared_uploads = settings, shared_uploads
        self._lock = threading.RLock()
        self._links: list[WorkerLink] = []
        self._open: dict[int, str] = {}
        self._home: dict[int, WorkerLink] = {}
        self._numbers = itertools.count(1)
        self._uploads: Counter[str] = Counter()
        self._closed = False
        self.replaced = 0

    def start(self) -> None:
        """Start the first worker and wait for it, so that a broken model is reported at once; then the others.

        Raises:
            WorkerError: the first did not come up.
        """
        first = WorkerLink(self._settings, self._lost)
        self._keep(first)
        twins = self._settings.device == "cpu" and adopts_orphans()  # what drives a GPU has threads
        for _ in range(self._settings.workers - 1):
            if not (twins and self._add_twin(first)):
                threading.Thread(target=self._add_worker, daemon=True).start()
        threading.Thread(target=self._watch, name="pool-watch", daemon=True).start()

    def open_session(self, address: str = "") -> int:
        """A number for a new camera session, and whose it is."""
        with self._lock:
            session = next(self._numbers)
            self._open[session] = address
            return session

    def close_session(self, session: int) -> None:
        """Forget a session and its tracks."""
        with self._lock:
            self._open.pop(session, None)
            link = self._home.pop(session, None)
        if link is not None:
            link.forget(session)

    def begin_camera(self, session: int) -> None:
        """Forget a session's faces: its next frame is of another camera."""
        with self._lock:
            link = self._home.get(session)
        if link is not None:
            link.begin_camera(session)

    def analyze_frame(self, session: int, data: bytes) -> Outcome:
        """Analyze a camera session's frame; blocks this thread (green or not) until it has an outcome."""
        ticket = Ticket(data, session, self._open.get(session, ""))
        link = self._link_of(session)
        if link is None:
            ticket.finish(dropped=self._why_nobody() if session in self._open else "closed")
        else:
            link.submit(ticket)
            if session not in self._open:  # closed by another thread just now, before there was anything to forget
                link.forget(session)
        return ticket.wait(self._settings.frame_timeout)

    @contextmanager
    def upload(self, address: str) -> Iterator[None]:
        """A place for one picture, from before its body is read until it is answered.

        Args:
            address: whose; one may have half of the places.

        Raises:
            PoolBusyError: there is no place.
        """
        most, most_of_one = self._settings.max_uploads, (self._settings.max_uploads + 1) // 2
        with self._lock:
            if self._uploads.total() >= most or self._uploads[address] >= most_of_one:
                raise PoolBusyError
            self._uploads[address] += 1
        name = secrets.token_hex(8)
        try:
            self._take_shared(name, address, most, most_of_one)
            yield
        finally:
            with self._lock:
                self._uploads[address] -= 1
                if not self._uploads[address]:
                    del self._uploads[address]
            self._free_shared(name)

    def _take_shared(self, name: str, address: str, most: int, most_of_one: int) -> None:
        if self._shared_uploads is not None:
            with suppress(StoreAwayError):  # then this node's own limit is all there is
                if not self._shared_uploads.take(name, address, most, most_of_one):
                    raise PoolBusyError

    def _free_shared(self, name: str) -> None:
        if self._shared_uploads is not None:
            with suppress(StoreAwayError):
                self._shared_uploads.free(name)

    def analyze_picture(self, data: bytes, address: str = "") -> Outcome:
        """Analyze a picture by itself, within an `upload`; blocks likewise."""
        ticket = Ticket(data, None, address)
        link = self._least_loaded()
        if link is None:
            ticket.finish(dropped=self._why_nobody())
        else:
            link.submit(ticket)
        return ticket.wait(self._settings.frame_timeout)

    def state(self) -> dict:
        """Numbers for `/healthz`: workers alive and wanted, sessions, images waiting, workers replaced."""
        with self._lock:
            alive = [link for link in self._links if link.alive]
            return {
                "alive": len(alive),
                "wanted": self._settings.workers,
                "pids": [link.pid for link in alive],
                "sessions": len(self._home),
                "waiting": sum(link.waiting for link in alive),
                "replaced": self.replaced,
            }

    def close(self) -> None:
        """End every worker; frames that wait are dropped as `shutting_down`."""
        with self._lock:
            self._closed = True
            links, self._links = self._links, []
        for link in links:
            link.close()
        deadline = time.monotonic() + END_TIMEOUT_S
        for link in links:
            link.wait_for_end(max(deadline - time.monotonic(), 0.0))

    def _why_nobody(self) -> str:
        return "shutting_down" if self._closed else "worker_lost"

    def _link_of(self, session: int) -> WorkerLink | None:
        with self._lock:
            if session not in self._open:
                return None
            link = self._home.get(session)
            if link is not None and link.alive:
                return link
            link = self._least_loaded()
            if link is not None:
                self._home[session] = link
                link.sessions.add(session)
            return link

    def _least_loaded(self) -> WorkerLink | None:
        with self._lock:
            alive = [link for link in self._links if link.alive]
            return min(alive, key=lambda link: (len(link.sessions), link.waiting), default=None)

    def _lost(self, link: WorkerLink) -> None:
        """Replace a worker that is gone; its sessions go to another one with their next frame."""
        with self._lock:
            if link in self._links:
                self._links.remove(link)
            for session in [session for session, home in self._home.items() if home is link]:
                del self._home[session]
            if self._closed:
                return
            self.replaced += 1
        log.warning("worker %d was lost; starting another", link.pid)
        self._add_worker()

    def _add_worker(self) -> None:
        """Start one worker; after each failure wait longer and try again."""
        pause = 0.1
        while not self._closed:
            try:
                link = WorkerLink(self._settings, self._lost)
            except (WorkerError, OSError) as error:
                log.error("a worker did not start: %s; trying again in %.1f s", error, pause)
                time.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE_S)
                continue
            self._keep(link)
            return

    def _add_twin(self, first: WorkerLink) -> bool:
        """Fork one worker from the first; whether that went well."""
        try:
            self._keep(WorkerLink(self._settings, self._lost, twin_of=first))
        except (WorkerError, OSError) as error:
            log.warning("a worker could not be forked: %s; starting it by itself", error)
            return False
        return True

    def _keep(self, link: WorkerLink) -> None:
        """Take a new worker in, or end it if none is wanted any more."""
        with self._lock:
            wanted = not self._closed
            if wanted and link.alive:  # one that was lost at once has been replaced already
                self._links.append(link)
        if not wanted:
            link.close()
            link.wait_for_end(END_TIMEOUT_S)

    def _watch(self) -> None:
        """Replace workers that hang: killed, they count as lost."""
        while not self._closed:
            time.sleep(WATCH_EVERY_S)
            for link in list(self._links):
                if link.hangs(self._settings.hang_timeout):
                    log.warning("worker %d has not answered for %.0f s", link.pid, self._settings.hang_timeout)
                    link.kill()
