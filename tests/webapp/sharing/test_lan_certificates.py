"""The certificates: what they are for, who may read their keys, and when they are made anew."""

from __future__ import annotations

import datetime
import ipaddress
import os
import plistlib
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from webapp.routes.sharing import _profile
from webapp.sharing import authority as authorities
from webapp.sharing.addresses import Address
from webapp.sharing.authority import Authority, load_or_make, server_certificate
from webapp.sharing.data_dir import SharingError

WIFI, OTHER, IPV6 = (ipaddress.ip_address(text) for text in ("192.168.1.20", "10.0.0.7", "fd00::20"))


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return load_or_make(tmp_path)


def leaf_of(folder: Path, authority: Authority, *addresses: Address) -> x509.Certificate:
    chain, _ = server_certificate(folder, authority, addresses or [WIFI])
    return x509.load_pem_x509_certificate(chain.read_bytes())


def names_of(leaf: x509.Certificate) -> set[str]:
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {str(name.value) for name in names}


def test_the_leaf_is_what_browsers_take(tmp_path: Path, authority: Authority) -> None:
    leaf = leaf_of(tmp_path, authority, WIFI, IPV6)
    key = leaf.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1)
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc <= datetime.timedelta(days=397)
    usage = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert not leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert {str(WIFI), str(IPV6), "127.0.0.1", "::1", "localhost"} <= names_of(leaf)


def test_the_leaf_has_this_machine_s_local_name(
    tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "Classroom-3.example")
    assert "classroom-3.local" in names_of(leaf_of(tmp_path, authority))


@pytest.mark.parametrize(
    ("name", "is_signed"), [("laptop-3", True), ("dev", False), ("xn--p1ai", False), ("com", False)]
)
def test_no_machine_s_name_gives_the_authority_a_public_domain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, is_signed: bool
) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: name)
    assert (name in names_of(leaf_of(tmp_path, load_or_make(tmp_path)))) is is_signed


def verifies(authority: Authority, leaf: x509.Certificate, subject: x509.DNSName | x509.IPAddress) -> bool:
    verifier = PolicyBuilder().store(Store([authority.root])).build_server_verifier(subject)
    try:
        verifier.verify(leaf, [authority.issuer])
    except VerificationError:
        return False
    return True


PUBLIC: list[x509.DNSName | x509.IPAddress] = [
    x509.DNSName("bank.example"),
    x509.DNSName("evil-local"),
    x509.IPAddress(ipaddress.ip_address("8.8.8.8")),
    x509.IPAddress(ipaddress.ip_address("2001:db8::1")),
]


def test_a_verifier_takes_the_leaf(tmp_path: Path, authority: Authority) -> None:
    assert verifies(authority, leaf_of(tmp_path, authority), x509.IPAddress(WIFI))
    assert verifies(authority, leaf_of(tmp_path, authority), x509.DNSName("localhost"))


@pytest.mark.parametrize("name", PUBLIC, ids=lambda name: str(name.value))
def test_a_thief_of_the_key_can_pose_as_no_public_site(
    authority: Authority, name: x509.DNSName | x509.IPAddress
) -> None:
    forged = authorities._sign_leaf(authority, ec.generate_private_key(ec.SECP256R1()), [name])
    assert not verifies(authority, forged, name)


@pytest.mark.parametrize("which", ["root", "issuer"])
def test_the_constraints_are_critical(authority: Authority, which: str) -> None:
    certificate: x509.Certificate = getattr(authority, which)
    assert certificate.extensions.get_extension_for_class(x509.NameConstraints).critical
    assert certificate.extensions.get_extension_for_class(x509.BasicConstraints).critical


def test_the_root_s_key_is_nowhere(tmp_path: Path, authority: Authority) -> None:
    server_certificate(tmp_path, authority, [WIFI])
    keys = [authorities._private_key(path.read_bytes()) for path in tmp_path.glob("*.key")]
    assert len(keys) == 2
    assert authority.root.public_key() not in [key.public_key() for key in keys]


@pytest.mark.skipif(os.name == "nt", reason="Windows guards the folder by its access list")
def test_the_owner_alone_reads_what_is_kept(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "raut"
    server_certificate(folder, load_or_make(folder), [WIFI])
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.name for path in folder.iterdir()} == {
        *("ca.crt", "issuer.crt", "issuer.key", "server.crt", "server.key"),
    }
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_nothing_is_made_twice(tmp_path: Path, authority: Authority) -> None:
    first = leaf_of(tmp_path, authority)
    assert load_or_make(tmp_path).fingerprint == authority.fingerprint
    assert leaf_of(tmp_path, load_or_make(tmp_path)) == first


def test_the_leaf_is_renewed_when_addresses_change(tmp_path: Path, authority: Authority) -> None:
    first = leaf_of(tmp_path, authority, WIFI)
    second = leaf_of(tmp_path, authority, WIFI, OTHER)
    assert first != second and str(OTHER) in names_of(second)
    assert str(OTHER) not in names_of(leaf_of(tmp_path, authority, WIFI)), "what is gone is left out"


def test_the_leaf_is_renewed_before_its_end(
    tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = leaf_of(tmp_path, authority)
    later = authorities._now() + datetime.timedelta(days=authorities.LEAF_DAYS - authorities.RENEW_DAYS)
    monkeypatch.setattr(authorities, "_now", lambda: later)
    assert leaf_of(tmp_path, authority) != first


@pytest.mark.parametrize("name", ["server.crt", "server.key"])
def test_a_broken_leaf_is_made_anew(tmp_path: Path, authority: Authority, name: str) -> None:
    leaf_of(tmp_path, authority)
    (tmp_path / name).write_text("broken")
    chain, key = server_certificate(tmp_path, authority, [WIFI])
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(chain, key)


@pytest.mark.parametrize("name", ["ca.crt", "issuer.crt", "issuer.key"])
def test_a_broken_authority_is_told_and_not_replaced(tmp_path: Path, authority: Authority, name: str) -> None:
    (tmp_path / name).write_text("broken")
    with pytest.raises(SharingError, match="is broken") as raised:
        load_or_make(tmp_path)
    assert len(str(raised.value).splitlines()) == 1


def test_an_authority_half_made_is_made_anew(tmp_path: Path, authority: Authority) -> None:
    (tmp_path / "ca.crt").unlink()
    assert load_or_make(tmp_path).fingerprint != authority.fingerprint


def test_public_addresses_are_left_out(tmp_path: Path, authority: Authority) -> None:
    public = ipaddress.ip_address("8.8.8.8")
    assert str(public) not in names_of(leaf_of(tmp_path, authority, WIFI, public))
    with pytest.raises(SharingError, match="--cert and --key"):
        server_certificate(tmp_path, authority, [public])


def test_a_folder_that_cannot_be_made_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SharingError, match="--data-dir") as raised:
        load_or_make(tmp_path / "file" / "raut")
    assert len(str(raised.value).splitlines()) == 1


def test_the_profile_holds_the_root(authority: Authority) -> None:
    profile = plistlib.loads(_profile(authority))
    (payload,) = profile["PayloadContent"]
    assert payload["PayloadType"] == "com.apple.security.root"
    assert payload["PayloadContent"] == authority.root_der
    assert profile["PayloadDisplayName"].startswith("Raut on ")
    assert plistlib.loads(_profile(authority)) == profile
