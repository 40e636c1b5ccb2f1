"""Digests of files: every changed bit is seen."""

from __future__ import annotations

import hashlib
import os

import pytest

from dedup.store import digests
from dedup.store.files import StorageError


def test_a_digest_is_that_of_the_whole_file_however_it_is_read(tmp_path, monkeypatch):
    content = bytes(range(256)) * 40
    (tmp_path / "a").write_bytes(content)
    monkeypatch.setattr(digests, "BLOCK", 7)
    assert digests.digest(tmp_path / "a") == hashlib.blake2b(content, digest_size=16).hexdigest()


def test_every_flipped_bit_a_cut_and_a_missing_file_are_named(tmp_path):
    for name in ("a", "b", "c"):
        (tmp_path / name).write_bytes(b"0123456789")
    known = digests.digests(tmp_path, ("a", "b", "c"))
    assert digests.differing(tmp_path, known) == {}
    (tmp_path / "c").unlink()
    for place in range(10):
        for bit in range(8):
            flipped = bytearray(b"0123456789")
            flipped[place] ^= 1 << bit
            (tmp_path / "b").write_bytes(flipped)
            assert set(digests.differing(tmp_path, known)) == {"b", "c"}
    (tmp_path / "b").write_bytes(b"012345678")
    assert digests.differing(tmp_path, known)["c"] == "is gone" and "b" in digests.differing(tmp_path, known)


def test_a_file_that_is_not_there_has_no_digest(tmp_path):
    with pytest.raises(StorageError, match="does not exist"):
        digests.digest(tmp_path / "none")


def test_a_file_with_the_stamp_that_was_noted_is_not_read_and_one_with_another_is(tmp_path):
    for name in ("same", "edited", "copied", "gone"):
        (tmp_path / name).write_bytes(b"0123456789")
        os.utime(tmp_path / name, ns=(1, 1))
    names = ("same", "edited", "copied", "gone")
    known, noted = digests.digests(tmp_path, names), digests.stamps(tmp_path, names)
    (tmp_path / "gone").unlink()
    (tmp_path / "edited").write_bytes(b"0123x56789")
    os.utime(tmp_path / "copied", ns=(2, 2))
    (tmp_path / "same").write_bytes(b"0123x56789")
    os.utime(tmp_path / "same", ns=(1, 1))
    assert set(digests.differing(tmp_path, known, noted)) == {"edited", "gone"}
    assert set(digests.differing(tmp_path, known)) == {"edited", "gone", "same"}
