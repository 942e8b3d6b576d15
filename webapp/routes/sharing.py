"""The pages about sharing: `/join/<token>`, `/share`, `/trust`."""

from __future__ import annotations

import plistlib
import uuid
from typing import TYPE_CHECKING

from flask import Blueprint, Response, current_app, g, redirect, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from werkzeug.exceptions import NotFound

from webapp.parts import parts_of
from webapp.roles import WATCH
from webapp.security import host_name
from webapp.sharing.access import keep_in_cookie, refusal_response
from webapp.sharing.addresses import LOOPBACK_HOSTS
from webapp.sharing.invitation import join_link, qr_svg
from webapp.sharing.state import Sharing

if TYPE_CHECKING:
    from webapp.sharing.authority import Authority

sharing_pages = Blueprint("sharing", __name__)

SYSTEMS = ("iphone", "android", "windows", "macos", "linux", "firefox")


@sharing_pages.get("/join/<token>")
def join(token: str) -> ResponseReturnValue:
    """Let somebody in who has a link: the token moves from the address bar into a cookie."""
    sharing = _sharing()
    visitor = sharing.access.redeem(token, g.visitor.address)
    if visitor.refused:
        return refusal_response(visitor)
    response = redirect("/dashboard" if visitor.role == WATCH else "/", 303)
    response.headers["Cache-Control"] = "no-store"
    if sharing.access.asks:
        keep_in_cookie(response, token)
    return response


@sharing_pages.get("/share")
def share() -> ResponseReturnValue:
    """The links and their QR code, for whoever holds the camera's token.

    Whoever has it may see it again. A request from loopback proves nothing: it may come from a reverse proxy, a
    tunnel or another user of this machine.
    """
    sharing = _sharing()
    links = None
    if sharing.tokens:
        base = _base(sharing)
        camera = join_link(base, sharing.tokens.camera)
        links = {"camera": camera, "watch": join_link(base, sharing.tokens.watch), "qr": Markup(qr_svg(camera))}  # noqa: S704  (drawn by segno)
    response = Response(render_template("share.html", links=links, authority=sharing.authority))
    response.headers["Cache-Control"] = "no-store"
    return response


@sharing_pages.get("/api/share")
def connected() -> ResponseReturnValue:
    """How many are connected."""
    return parts_of(current_app).live.connected()


@sharing_pages.get("/trust")
def trust() -> ResponseReturnValue:
    """How a device comes to trust this server, and what that means."""
    return render_template("trust.html", authority=_sharing().authority, systems=SYSTEMS)


@sharing_pages.get("/trust/raut-ca.crt")
def certificate() -> ResponseReturnValue:
    """The certificate authority's certificate."""
    response = Response(_authority().root_pem, mimetype="application/x-x509-ca-cert")
    # Inline, not an attachment: Firefox and iOS offer to install it then, and else only save it.
    response.headers["Content-Disposition"] = "inline; filename=raut-ca.crt"
    return response


@sharing_pages.get("/trust/raut-ca.mobileconfig")
def profile() -> ResponseReturnValue:
    """The certificate as a profile, which iPhones, iPads and Macs can install and remove."""
    response = Response(_profile(_authority()), mimetype="application/x-apple-aspen-config")
    response.headers["Content-Disposition"] = "inline; filename=raut-ca.mobileconfig"
    return response


def _sharing() -> Sharing:
    return parts_of(current_app).sharing


def _authority() -> Authority:
    authority = _sharing().authority
    if authority is None:
        raise NotFound("this server has no certificate authority of its own")
    return authority


def _base(sharing: Sharing) -> str:
    """The address for others: the one that the reader uses, unless it is loopback."""
    if host_name(request.host).strip("[]") in LOOPBACK_HOSTS and sharing.addresses():
        return sharing.addresses()[0]
    return request.host_url.rstrip("/")


def _profile(authority: Authority) -> bytes:
    # The same root gives the same identifiers: a second installation replaces the first.
    root_id, profile_id = (str(uuid.uuid5(uuid.NAMESPACE_OID, authority.fingerprint + part)) for part in ("root", ""))
    name = str(authority.root.subject.rfc4514_string().split(",")[-1].removeprefix("CN="))
    payload = {
        "PayloadType": "com.apple.security.root",
        "PayloadVersion": 1,
        "PayloadIdentifier": f"raut.{root_id}",
        "PayloadUUID": root_id,
        "PayloadDisplayName": name,
        "PayloadContent": authority.root_der,
    }
    return plistlib.dumps(
        {
            "PayloadType": "Configuration",
            "PayloadVersion": 1,
            "PayloadIdentifier": f"raut.{profile_id}",
            "PayloadUUID": profile_id,
            "PayloadDisplayName": name,
            "PayloadContent": [payload],
        }
    )
