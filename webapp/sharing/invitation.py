"""The links that people are given: as text, as a QR code in the terminal and as one on a page."""

from __future__ import annotations

import io
import logging
import sys
from typing import TextIO

import segno

from webapp.logs import JSON
from webapp.sharing.data_dir import data_dir
from webapp.sharing.state import Sharing

log = logging.getLogger(__name__)


def join_link(base: str, token: str) -> str:
    """The link that lets its bearer in.

    Args:
        base: of the server, as in `https://192.168.1.20:5000`.
        token: one of its tokens.
    """
    return f"{base}/join/{token}"


def qr_svg(text: str) -> str:
    """A QR code as an SVG element: black on white in every theme, since scanners need it."""
    return str(segno.make(text, error="m", micro=False).svg_inline(scale=1, border=4, omitsize=True, light="#fff"))


def announce(sharing: Sharing, out: TextIO = sys.stdout) -> None:
    """Print where the server is, and how others get in; in a log for programs, say it in one line without any token."""
    if sharing.settings.log == JSON:
        _log_address(sharing)
    else:
        _print_invitation(sharing, out)


def _log_address(sharing: Sharing) -> None:
    port = sharing.port or sharing.settings.port
    addresses = sharing.addresses() if sharing.tokens else []
    base = (addresses or [f"{sharing.scheme}://localhost:{port}"])[0]
    if sharing.tokens is None:
        log.info("Raut is at %s", base)
    else:
        tokens = data_dir(sharing.settings) / "tokens.json"
        log.info("Raut is shared at %s; its links are %s/join/TOKEN, with the tokens in %s", base, base, tokens)


def _print_invitation(sharing: Sharing, out: TextIO) -> None:
    port = sharing.port or sharing.settings.port
    tokens = sharing.tokens
    if tokens is None:
        print(f"Raut is at {sharing.scheme}://localhost:{port}  (Ctrl-C stops it)", file=out, flush=True)
        return
    bases = sharing.addresses() or [f"{sharing.scheme}://localhost:{port}"]
    link = join_link(bases[0], tokens.camera)
    print(f"\nRaut is shared on this network  (Ctrl-C stops it)\n\n{_qr_for(link, out)}", file=out)
    print(f"  To take part with a camera:   {link}", file=out)
    print(f"  To watch the numbers only:    {join_link(bases[0], tokens.watch)}", file=out)
    if bases[1:]:
        print(f"  The same server:              {', '.join(bases[1:])}", file=out)
    if sharing.authority:
        print(f"\n  Devices trust it once they know its certificate authority: {bases[0]}/trust", file=out)
        print(f"  SHA-256 {sharing.authority.fingerprint}", file=out)
    if sharing.scheme == "http" and not sharing.settings.behind_proxy:
        print(
            "\n  Without TLS anybody on the way can read and use these links, and browsers give the page no camera.",
            file=out,
        )
    print(
        "\n  Anybody with a link gets in, so give it only to people you invite.  --new-tokens makes new links.\n",
        file=out,
    )
    out.flush()


def _qr_for(text: str, out: TextIO) -> str:
    """A QR code of half-height blocks; empty where the terminal cannot show them (the link is printed below it)."""
    drawn = io.StringIO()
    segno.make(text, error="l", micro=False).terminal(drawn, border=2, compact=True)
    try:
        drawn.getvalue().encode(out.encoding or "ascii")
    except UnicodeEncodeError:
        return ""
    return drawn.getvalue() + "\n"
