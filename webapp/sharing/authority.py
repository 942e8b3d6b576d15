"""The local certificate authority, made once, and the server's certificate, made anew when it no longer fits.

    root  --signs once, then its key is gone-->  issuer  --signs-->  server
    (people trust it)                            (constrained)       (397 days at most)

A device that trusts a root accepts its signature for any site. So the root's key is never written to the disk: it
signs one issuer and is forgotten. The issuer may sign only private addresses and names that exist on local networks
alone: with its key a thief could not imitate a site of the internet. These constraints stand in the issuer, since
RFC 5280 leaves open whether those of a root count (in Chrome they do since version 112), and in the root as well, so
that people can read them before they trust it. They are critical, as RFC 5280 demands: a system that does not know
them (before iOS 11 and macOS 10.13) refuses the certificate.
"""

from __future__ import annotations

import datetime
import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from webapp.sharing.addresses import PRIVATE, Address, host_name, is_private, local_name
from webapp.sharing.data_dir import SharingError, make_private, read, write_private

AUTHORITY_YEARS: Final = 10
LEAF_DAYS: Final = 397  # what browsers take at most
RENEW_DAYS: Final = 30  # before its end
BACKDATE: Final = datetime.timedelta(days=1)
"""The certificate is valid from before now, since the clocks of phones may be behind."""

LOCAL_DOMAINS: Final = ("local", "localhost", "lan", "internal", "home.arpa")
"""Reserved for local networks: none of them is in the public DNS."""

_PEM = serialization.Encoding.PEM


@dataclass(frozen=True)
class Authority:
    """The root that devices trust, and the issuer that signs.

    Attributes:
        root: the certificate to trust.
        issuer: the certificate that the root signed.
        issuer_key: its private key.
    """

    root: x509.Certificate
    issuer: x509.Certificate
    issuer_key: ec.EllipticCurvePrivateKey

    @property
    def root_pem(self) -> bytes:
        """The root as PEM."""
        return self.root.public_bytes(_PEM)

    @property
    def root_der(self) -> bytes:
        """The root as DER, which phones read."""
        return self.root.public_bytes(serialization.Encoding.DER)

    @property
    def fingerprint(self) -> str:
        """The root's SHA-256, as certificate viewers write it."""
        return self.root.fingerprint(hashes.SHA256()).hex(":").upper()


def load_or_make(folder: Path) -> Authority:
    """The authority in a folder, made if there is none.

    Raises:
        SharingError: the folder cannot be read or written, or holds something broken.
    """
    root, issuer, key = (read(folder / name) for name in ("ca.crt", "issuer.crt", "issuer.key"))
    if root is None or issuer is None or key is None:
        return _make(folder)
    try:
        loaded = Authority(
            x509.load_pem_x509_certificate(root), x509.load_pem_x509_certificate(issuer), _private_key(key)
        )
        loaded.issuer.verify_directly_issued_by(loaded.root)
        if loaded.issuer.public_key() != loaded.issuer_key.public_key():
            raise ValueError("the key is another one's")
    except Exception as error:
        raise SharingError(
            f"the certificate authority in {folder} is broken ({error}): delete ca.crt, issuer.crt and issuer.key "
            "there to make a new one; devices then have to trust that"
        ) from None
    if loaded.root.not_valid_after_utc < _now() + datetime.timedelta(days=RENEW_DAYS):
        return _make(folder)
    return loaded


def server_certificate(folder: Path, authority: Authority, addresses: Sequence[Address]) -> tuple[Path, Path]:
    """The server's certificate (with its issuer) and its key, made anew if need be.

    Args:
        folder: where both are kept.
        authority: who signs.
        addresses: at which the server is reached.

    Returns:
        The two files.

    Raises:
        SharingError: none of the addresses is private, or the folder cannot be written.
    """
    wanted = _subject_names(authority, addresses)
    chain_file, key_file = folder / "server.crt", folder / "server.key"
    if not _still_good(read(chain_file), read(key_file), authority, wanted):
        key = ec.generate_private_key(ec.SECP256R1())
        leaf = _sign_leaf(authority, key, wanted)
        write_private(key_file, _key_pem(key))
        write_private(chain_file, leaf.public_bytes(_PEM) + authority.issuer.public_bytes(_PEM))
    return chain_file, key_file


def _make(folder: Path) -> Authority:
    make_private(folder)
    root_key, issuer_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    name = host_name() or "this machine"
    root_name, issuer_name = _name(f"Raut on {name}"[:64]), _name(f"Raut on {name}, local names only"[:64])
    constraints = _constraints()
    root = (
        _certificate(root_name, root_name, root_key.public_key(), AUTHORITY_YEARS * 365)
        .add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(constraints, critical=True)
        .sign(root_key, hashes.SHA256())
    )
    issuer = (
        _certificate(issuer_name, root_name, issuer_key.public_key(), AUTHORITY_YEARS * 365)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(constraints, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(_authority_key(root), critical=False)
        .sign(root_key, hashes.SHA256())
    )
    # The root comes last: without it nothing is loaded, so that after an interrupted start all three are made anew.
    write_private(folder / "issuer.key", _key_pem(issuer_key))
    write_private(folder / "issuer.crt", issuer.public_bytes(_PEM))
    write_private(folder / "ca.crt", root.public_bytes(_PEM))
    return Authority(root, issuer, issuer_key)


def _constraints() -> x509.NameConstraints:
    names = [*LOCAL_DOMAINS, *([host_name()] if _is_no_public_name(host_name()) else [])]
    return x509.NameConstraints(
        permitted_subtrees=[*map(x509.DNSName, names), *(x509.IPAddress(network) for network in PRIVATE)],
        excluded_subtrees=None,
    )


def _is_no_public_name(name: str) -> bool:
    """Whether a bare host name cannot be a top-level domain: those have neither digits nor hyphens.

    A machine may be called `dev`, which is one: the authority must not sign for all of `.dev`.
    """
    return bool(re.fullmatch(r"[a-z0-9-]*[0-9-][a-z0-9-]*", name)) and not name.startswith("xn--")


def _subject_names(authority: Authority, addresses: Sequence[Address]) -> list[x509.GeneralName]:
    """The names and addresses of the certificate: only those that the issuer may sign, or none would be accepted."""
    private = [address for address in addresses if is_private(address)]
    if addresses and not private:
        raise SharingError(
            f"this machine has only public addresses ({', '.join(map(str, addresses))}), for which a local certificate "
            "authority must not sign: give a certificate of your own with --cert and --key"
        )
    loopback = [ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("::1")]
    names = dict.fromkeys(name for name in ("localhost", local_name(), host_name()) if name)
    return [
        *(x509.DNSName(name) for name in names if _may_sign(authority, name)),
        *(x509.IPAddress(address) for address in dict.fromkeys([*private, *loopback])),
    ]


def _may_sign(authority: Authority, name: str) -> bool:
    permitted = authority.issuer.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []
    domains = [str(one.value) for one in permitted if isinstance(one, x509.DNSName)]
    return any(name == domain or name.endswith(f".{domain}") for domain in domains)


def _still_good(
    chain: bytes | None, key: bytes | None, authority: Authority, wanted: Sequence[x509.GeneralName]
) -> bool:
    if chain is None or key is None:
        return False
    try:
        leaf = x509.load_pem_x509_certificate(chain)
        leaf.verify_directly_issued_by(authority.issuer)
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        fits = leaf.public_key() == _private_key(key).public_key()
    except Exception:  # whatever is wrong with it, a new one is made
        return False
    lasts = leaf.not_valid_after_utc - _now() > datetime.timedelta(days=RENEW_DAYS)
    return fits and lasts and set(names) == set(wanted)


def _sign_leaf(
    authority: Authority, key: ec.EllipticCurvePrivateKey, names: Sequence[x509.GeneralName]
) -> x509.Certificate:
    # BACKDATE counts towards the 397 days; the last day is kept back for rounding.
    return (
        _certificate(_name("Raut"), authority.issuer.subject, key.public_key(), LEAF_DAYS - BACKDATE.days - 1)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(_authority_key(authority.issuer), critical=False)
        .sign(authority.issuer_key, hashes.SHA256())
    )


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(_now() - BACKDATE)
        .not_valid_after(_now() + datetime.timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _authority_key(signer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(
        signer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, common_name), x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Raut")]
    )


def _private_key(pem: bytes) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(pem, password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError("the key is not of an elliptic curve")
    return key


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc)
