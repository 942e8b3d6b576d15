"""How this server is shared, decided once at start from its settings."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from webapp.config import Settings
from webapp.metrics.refusals import Refusals
from webapp.server.tls_listener import TlsListener
from webapp.sharing import tokens as token_files
from webapp.sharing.access import Access
from webapp.sharing.addresses import ANYWHERE, Address, in_url, is_loopback, is_private, local_name, reached_by
from webapp.sharing.data_dir import SharingError, data_dir, make_private
from webapp.sharing.login_throttle import LoginThrottle
from webapp.sharing.tokens import Tokens

if TYPE_CHECKING:
    from webapp.cluster.cluster import Cluster
    from webapp.sharing.authority import Authority

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 30.0
"""Seconds between two checks whether this machine's addresses have changed."""


@dataclass
class Sharing:
    """What sharing needs while the server runs.

    Attributes:
        settings: as given, but for the host that `--lan` implies.
        tokens: those of the links; None where no token is needed.
        authority: the local one; None where there is none.
        tls_listener: shakes hands; None for plain http.
        refusals: counts what is refused, by any part of the server.
        access: decides who gets in.
        cluster: the nodes that share a Redis; None where this one is alone.
        port: the port listened on, once it is known.
    """

    settings: Settings
    tokens: Tokens | None = None
    authority: Authority | None = None
    tls_listener: TlsListener | None = None
    refusals: Refusals = field(default_factory=Refusals)
    cluster: Cluster | None = None
    port: int = 0

    def __post_init__(self) -> None:
        """Make the check of who gets in."""
        self.access = Access(self.tokens, self.refusals, LoginThrottle(self.cluster.tries if self.cluster else None))

    def use_tokens(self, links: Mapping[str, str]) -> None:
        """Take the tokens that another node has made: role -> token."""
        self.tokens = Tokens.from_dict(links)
        self.access.use(self.tokens)
        log.info("another node has made new links; those given out before stop working")
        _keep_for_the_next_start(data_dir(self.settings), self.tokens)

    @property
    def scheme(self) -> str:
        """`https` or `http`: what this server itself speaks."""
        return "https" if self.tls_listener else "http"

    def addresses(self) -> list[str]:
        """Where others reach this server, as URLs without a path; the likeliest first."""
        found = reached_by(self.settings.host)
        if self.authority:
            found = [address for address in found if is_private(address)]
        # IPv4 first: the first one becomes the QR code, and it is shorter.
        hosts = [in_url(address) for address in sorted(found, key=lambda one: one.version)]
        if self.settings.host in ANYWHERE and local_name():
            hosts.append(local_name())
        return [f"{self.scheme}://{host}:{self.port or self.settings.port}" for host in hosts]

    def watch_addresses(self) -> None:
        """Renew the certificate in the background when addresses change or it expires."""
        if self.authority:
            threading.Thread(target=self._watch, name="addresses", daemon=True).start()

    def renew(self) -> None:
        """Make a new certificate if the present one no longer fits.

        Raises:
            SharingError: none can be made.
        """
        if self.authority is None or self.tls_listener is None:
            return
        self.tls_listener.load(*_local_certificate(self.settings, self.authority))

    def _watch(self) -> None:
        known = reached_by(self.settings.host)
        while True:
            time.sleep(LOOK_EVERY_S)
            try:
                now = reached_by(self.settings.host)
                self.renew()
            except (SharingError, OSError) as error:
                log.warning("the certificate was not renewed: %s", error)
                continue
            if now != known:
                known = now
                log.info("the addresses changed; now at %s", ", ".join(self.addresses()) or "none")


def prepare(settings: Settings) -> Sharing:
    """Decide how to share, and make what is missing in the data folder.

    Raises:
        SharingError: the settings do not go together, or the folder cannot be written.
    """
    if settings.lan and is_loopback(settings.host) and settings.host == Settings.host:
        settings = replace(settings, host="::" if socket.has_dualstack_ipv6() else "0.0.0.0")  # noqa: S104
    _refuse_what_is_not_safe(settings)
    folder = data_dir(settings)
    asks = settings.lan or settings.behind_proxy > 0 or not is_loopback(settings.host)
    cluster = _cluster_of(settings)
    tokens = _tokens_of(settings, folder, cluster) if asks else None
    if settings.cert:
        return Sharing(settings, tokens, None, _own_certificate(settings), cluster=cluster)
    if not settings.lan or settings.insecure:
        return Sharing(settings, tokens, cluster=cluster)
    make_private(folder)
    authority = _local_authority(folder)
    return Sharing(settings, tokens, authority, TlsListener(*_local_certificate(settings, authority)), cluster=cluster)


def _cluster_of(settings: Settings) -> Cluster | None:
    if not settings.redis:
        return None
    from webapp.cluster.cluster import Cluster  # not without --redis: it imports Redis' client

    return Cluster(settings.redis)


def _tokens_of(settings: Settings, folder: Path, cluster: Cluster | None) -> Tokens:
    """The tokens of the data folder, or those that all nodes have agreed on."""
    own = token_files.load_or_make(folder, new=settings.new_tokens)
    if cluster is None:
        return own
    tokens = Tokens.from_dict(cluster.agree_on_tokens(own.to_dict(), new=settings.new_tokens))
    if tokens != own:
        _keep_for_the_next_start(folder, tokens)
    return tokens


def _keep_for_the_next_start(folder: Path, tokens: Tokens) -> None:
    """Keep what all nodes have, in case that Redis is away at that time."""
    try:
        token_files.keep(folder, tokens)
    except SharingError as error:
        log.warning("the links of all nodes are not kept here: %s", error)


def _refuse_what_is_not_safe(settings: Settings) -> None:
    if bool(settings.cert) != bool(settings.key):
        raise SharingError("--cert and --key go together: give the files of both")
    has_tls = settings.lan or settings.cert
    if not is_loopback(settings.host) and not has_tls and not settings.insecure:
        raise SharingError(
            f"others could reach {settings.host} and nothing would be encrypted: share with `python run.py serve --lan`, "
            "or give --cert and --key, or say --insecure if that is meant"
        )


def _local_authority(folder: Path) -> Authority:
    from webapp.sharing.authority import load_or_make  # 9 MB, which a server without TLS does not need

    return load_or_make(folder)


def _local_certificate(settings: Settings, authority: Authority) -> tuple[Path, Path]:
    from webapp.sharing.authority import server_certificate

    addresses: list[Address] = reached_by(settings.host)
    return server_certificate(data_dir(settings), authority, addresses)


def _own_certificate(settings: Settings) -> TlsListener:
    try:
        return TlsListener(Path(settings.cert), Path(settings.key))
    except OSError as error:
        raise SharingError(
            f"cannot use the certificate {settings.cert} with the key {settings.key}: {error.strerror or error}"
        ) from None
