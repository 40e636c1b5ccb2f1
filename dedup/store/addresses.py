"""Addresses of other storage (``s3://``, ``gs://``, ``az://``, ``memory://``, ``https://`` ...) through fsspec.

An address is a text with a scheme that fsspec knows. ``pathlib`` makes ``s3:/bucket`` of ``s3://bucket``; both are
understood. Credentials and end points come from where the library of the scheme looks for them (environment, files of
the user), never from dedup's settings.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dedup.store.files import StorageError

EXTRAS = {"s3": "s3", "s3a": "s3", "gs": "gs", "gcs": "gs", "az": "az", "abfs": "az", "abfss": "az", "adl": "az",
          "http": "http", "https": "http"}  # fmt: skip
"""Scheme -> the extra that brings its library; other schemes of fsspec need what they need."""

READ_ONLY = ("http", "https")

_ADDRESS = re.compile(r"([a-z][a-z0-9+-]+):/{1,3}(?=[^/])")
_OTHERS = frozenset(("postgresql", "postgres", "duckdb", "sqlite", "file", "local"))


def is_address(name: object) -> bool:
    """Whether a path is an address of storage that is not this machine's disk."""
    return _scheme(name) is not None


def plain(name: str | os.PathLike[str]) -> str:
    """The address with its two slashes, without one at its end."""
    scheme = _scheme(name)
    if scheme is None:
        raise ValueError(f"{name} is no address such as s3://bucket/folder")
    return f"{scheme}://{os.fspath(name)[len(scheme) + 1 :].strip('/')}"


def filesystem(address: str | os.PathLike[str]) -> tuple[Any, str]:
    """The file system of an address, and the path in it; StorageError when its library is not installed."""
    address = plain(address)
    scheme = address.partition(":")[0]
    try:
        from fsspec.core import url_to_fs

        found: tuple[Any, str] = url_to_fs(address)
    except ImportError as error:
        extra = EXTRAS.get(scheme)
        remedy = f"pip install 'dedup-press[{extra}]'" if extra else f"install its library ({error})"
        raise StorageError(f"{address}: {scheme} needs a library: {remedy}") from error
    except ValueError as error:
        if scheme in EXTRAS and str(error).startswith("Protocol not known"):  # its library makes it known
            remedy = f"pip install 'dedup-press[{EXTRAS[scheme]}]'"
            raise StorageError(f"{address}: {scheme} needs a library: {remedy}") from error
        raise StorageError(f"{address}: {error}") from error
    found[0].invalidate_cache()
    return found


@contextmanager
def reaching(address: str) -> Iterator[None]:
    """What goes wrong while storage is asked is a StorageError that names the address."""
    try:
        yield
    except StorageError:
        raise
    except FileNotFoundError as error:
        raise StorageError(f"{address} does not exist: check the address ({error})") from error
    except PermissionError as error:
        raise StorageError(f"{address} may not be used: check the credentials ({error or 'access denied'})") from error
    except Exception as error:  # each library has errors of its own
        told = f"{type(error).__name__}: {error}"[:300]
        raise StorageError(f"{address} cannot be reached: {told}. Check the address and the credentials") from error


def _scheme(name: object) -> str | None:
    if not isinstance(name, str | os.PathLike):
        return None
    found = _ADDRESS.match(str(os.fspath(name)))
    return found[1] if found and found[1] not in _OTHERS else None
