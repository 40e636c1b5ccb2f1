"""Whatever a file holds: no reader crashes, takes long or much memory, and each file gives articles or a reason."""

from __future__ import annotations

import gzip
import random
import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from readings import read
from samples import ONE, samples, warc, zipped
from searching import at_least

from dedup.intake import files, readers

GOOD = samples()
MOST_MEMORY = 500
"""MB that a file of less than 1 MB may cost."""
MOST_SECONDS = 2

PIECES = [
    *(b"\0", b"\xff", b"\x80", b"\n", b'"', b"<", b"&", b"</p>", b"<!--", b"<![CDATA[", b"{", b"[", b"\\u", b"\\ud800"),
    *(b"e+999", b"NaN", b"\xef\xbb\xbf", b"\xff\xfe", b"\x1f\x8b", b"PK\x03\x04", b"\xff" * 8, b"\x7f\xff\xff\xff"),
    *(b"9" * 400, b"-1", b"   ", b"\r", b"\x1a", b"%", b"\\par", b"}", b"0000-00-00T99:99", b"\xed\xa0\x80", b"\xe9"),
    *(b"<a " * 400, b"((" * 400),
]
"""What readers of any kind have been broken by."""

PLACE = st.floats(0, 1, exclude_max=True)
EDITS = st.lists(
    st.tuples(st.just("cut"), PLACE)
    | st.tuples(st.just("take out"), PLACE, st.integers(1, 200))
    | st.tuples(st.just("put in"), PLACE, st.sampled_from(PIECES) | st.binary(max_size=20))
    | st.tuples(st.just("repeat"), PLACE, st.integers(1, 300), st.integers(2, 300))
    | st.tuples(st.just("flip"), PLACE, st.integers(0, 7))
    | st.tuples(st.just("add the end of"), st.sampled_from(sorted(GOOD)), PLACE),
    max_size=4,
)


def edited(content, edits):
    """A file after some mutations."""
    for what, *how in edits:
        if what == "add the end of":
            other = GOOD[how[0]]
            content += other[int(how[1] * len(other)) :]
            continue
        at = int(how[0] * len(content))
        if what == "cut":
            content = content[:at]
        elif what == "take out":
            content = content[:at] + content[at + how[1] :]
        elif what == "put in":
            content = content[:at] + how[1] + content[at:]
        elif what == "repeat":
            content = content[:at] + content[at : at + how[1]] * how[2] + content[at + how[1] :]
        elif content:
            content = content[:at] + bytes([content[at] ^ (1 << how[1])]) + content[at + 1 :]
    return content[:999_999]


@pytest.fixture(scope="module", autouse=True)
def imported(tmp_path_factory):
    """The libraries of all readers: their import is no time of a file."""
    for name, content in GOOD.items():
        read(tmp_path_factory.mktemp("good") / name, content)


@pytest.mark.parametrize("name", sorted(GOOD))
def test_a_sample_of_each_kind_is_good(tmp_path, name):
    articles, rejects = read(tmp_path / name, GOOD[name])
    if name != "sheet.xls":
        assert articles and not [reject for reject in rejects if not reject["kept"]]


def test_every_reader_has_a_sample(tmp_path):
    met = set()
    for name, content in GOOD.items():
        path = tmp_path / name
        path.write_bytes(content)
        met.add(readers.kind_of(files.opened(str(path))).reader)
    assert met == {kind.reader for kind in readers.KINDS}


@at_least(150)
@given(name=st.sampled_from(sorted(GOOD)), edits=EDITS)
def test_no_damage_crashes_a_reader_or_keeps_it_long(tmp_path_factory, name, edits):
    _harmless(tmp_path_factory.getbasetemp() / f"fuzzed-{name}", edited(GOOD[name], edits))


@at_least(40)
@given(name=st.sampled_from(sorted(GOOD)), of=st.sampled_from(sorted(GOOD)), edits=EDITS)
def test_no_file_of_another_kind_than_its_name_says_crashes_a_reader(tmp_path_factory, name, of, edits):
    _harmless(tmp_path_factory.getbasetemp() / f"fuzzed-{name}", edited(GOOD[of], edits))


def _harmless(path, content):
    before, started = memory(from_now=True), time.process_time()
    articles, rejects = read(path, content)
    took, grown = time.process_time() - started, memory() - before
    path.unlink()
    assert articles or rejects
    assert took < MOST_SECONDS and grown < MOST_MEMORY


def memory(from_now=False):
    """The most MB that this process has held, since the last call with ``from_now``; 0 where nobody says."""
    try:
        if from_now:
            Path("/proc/self/clear_refs").write_text("5")
        told = Path("/proc/self/status").read_text()
    except OSError:
        return 0
    return int(re.search(r"VmHWM:\s+(\d+)", told)[1]) // 1024


MOTS = b"mot " * 10_000_000


def noise():
    """Letters that pack to a half of their size: no bomb by its ratio."""
    return bytes(random.Random(1).choices(b"abcdefgh      ", k=900_000))


BOMBS = {
    "a.txt.gz": lambda: gzip.compress(MOTS),
    "b.json.gz": lambda: gzip.compress(b'{"text":"' + MOTS + b'"}'),
    "c.jsonl": lambda: b'{"text":"' + noise() + b'"}\n',
    "d.csv": lambda: b"id,text\n" + b'1,"mot\n' * 10_000,
    "e.html": lambda: b"<html><body>" + b"<p>a" * 20_000,
    "f.html": lambda: b"<html><body>" + b"<b a=1>" * 130_000,
    "g.xml": lambda: b"<nitf><body><body.content>" + b"<p>a</p>" * 110_000 + b"</body.content></body></nitf>",
    "h.docx": lambda: zipped(
        **{
            "word/document.xml": b'<w:document xmlns:w="x">'
            + b"<w:p><w:r><w:t>mot</w:t></w:r></w:p>" * 1_300_000
            + b"</w:document>"
        }
    ),
    "i.zip": lambda: zipped(**{f"{n}.txt": MOTS for n in range(3)}),
    "j.eml": lambda: b"Subject: a\n" * 20_000 + b"\n" + ONE.encode(),
    "k.txt": lambda: b"**** *a_b\nmot\n" * 5_000,
    "l.txt": lambda: b"HD x\nLP y\nDocument ABCDEFGHIJKLM\n" * 3_000,
    "m.txt": lambda: b"\x01a\x02b\x03" * 10_000,
    "n.rtf": lambda: rb"{\rtf1 " + rb"\par a" * 20_000 + b"}",
    "o.warc": lambda: warc("<p>" + "mot " * 220_000),
    "p.json": lambda: b"[" + b'{"text":"m"},' * 8_000 + b'{"text":"m"}]',
    "q.rss": lambda: b"<rss><channel>" + b"<item><title>a</title></item>" * 5_000 + b"</channel></rss>",
}
"""Files of less than 1 MB that hold as much as is allowed, or more."""


@pytest.mark.parametrize("name", BOMBS)
def test_no_small_file_costs_more_memory_than_is_said(tmp_path, name):
    content = BOMBS[name]()
    assert len(content) < 1_000_000
    before = memory(from_now=True)
    articles, rejects = read(tmp_path / name, content)
    assert articles or rejects
    assert memory() - before < MOST_MEMORY
