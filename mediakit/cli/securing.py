"""The options of keys, certificates and passwords. They name files: no secret is ever an argument."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import mediakit

from ..errors import UsageError

if TYPE_CHECKING:
    from mediakit import Access, Protection


def configure_access(group: argparse._ArgumentGroup) -> None:
    """Add the options with which a secure medium is opened."""
    add = group.add_argument
    add(
        "--key", action="append", metavar="KEY.pem", default=[], help="private key of a recipient; repeatable"
    )
    add(
        "--cert",
        action="append",
        metavar="CERT.pem",
        default=[],
        help="the certificate of that key; repeatable",
    )
    add("--password-file", metavar="FILE", help="the password of the medium is its first line")
    _configure_key_password(group)
    add(
        "--trust", action="append", metavar="CA.pem", default=[],
        help="certificates of signers or authorities that you trust; repeatable",
    )  # fmt: skip


def access(args: argparse.Namespace, unchecked: bool = False) -> Access:
    """What these options say. Raises UsageError for a key without a certificate."""
    return mediakit.Access(
        keys=_pairs(args.key, args.cert, "--key", "--cert"),
        password_file=args.password_file,
        key_password_file=args.key_password_file,
        trust=tuple(args.trust),
        unchecked=unchecked,
    )


def configure_protection(group: argparse._ArgumentGroup) -> None:
    """Add the options with which a secure medium is made."""
    add = group.add_argument
    add(
        "--recipient", action="append", metavar="CERT.pem", default=[],
        help="certificate of one who may open it; repeatable",
    )  # fmt: skip
    add("--password-file", metavar="FILE", help="a password that opens it is the first line")
    add(
        "--sign-key",
        action="append",
        metavar="KEY.pem",
        default=[],
        help="private key of a signer; repeatable",
    )
    add(
        "--sign-cert", action="append", metavar="CERT.pem", default=[],
        help="the certificate of that key; repeatable",
    )  # fmt: skip
    _configure_key_password(group)


def protection(args: argparse.Namespace, profiles: Sequence[str]) -> Protection:
    """What these options say; a password is asked for on a terminal when nobody else could open it.

    Raises UsageError for a key without a certificate, and for two passwords that differ.
    """
    unnamed = not (args.recipient or args.password_file)
    return mediakit.Protection(
        recipients=tuple(args.recipient),
        password=_asked() if unnamed and _encrypts(profiles) and sys.stdin and sys.stdin.isatty() else None,
        password_file=args.password_file,
        sign=_pairs(args.sign_key, args.sign_cert, "--sign-key", "--sign-cert"),
        key_password_file=args.key_password_file,
    )


def _configure_key_password(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--key-password-file", metavar="FILE", help="the passphrase of encrypted keys is its first line"
    )


def _pairs(
    keys: Sequence[str], certificates: Sequence[str], key: str, certificate: str
) -> tuple[tuple[str, str], ...]:
    if len(keys) != len(certificates):
        raise UsageError(
            f"There are {len(keys)} {key} and {len(certificates)} {certificate}.",
            f"Give them in pairs: {key} KEY.pem {certificate} CERT.pem; one file may hold both.",
        )
    return tuple(zip(keys, certificates, strict=True))


def _encrypts(profiles: Sequence[str]) -> bool:
    """Whether one of the named profiles wants Secure DICOM Files; what is no profile is said later."""
    from ..profile.load import profiles as known

    return any(each in known() and known()[each].security == "cms" for each in profiles)


def _asked() -> bytes:
    """A password typed twice. Raises UsageError when the two differ."""
    import getpass

    first = getpass.getpass("Password of the medium: ")
    if getpass.getpass("The same again: ") != first:
        raise UsageError("The two passwords differ.", "Nothing was written; try again.")
    return first.encode("utf-8", "surrogateescape")
