"""Inputs at addresses: folders, patterns and files, packed or not, each read as one on the disk would be."""

from __future__ import annotations

import gzip
import io
import sys
import threading
import uuid
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dedup.config import Config
from dedup.intake import files, ingest
from dedup.store.addresses import EXTRAS

TEXT = "Le conseil municipal a voté mardi la réfection du pont suspendu, après une séance de six heures."


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *given):
        pass


def read(*inputs):
    articles, rejects = [], []
    for batch, refused in ingest.read(inputs, Config()):
        articles += batch.to_pylist()
        rejects += refused.to_pylist()
    return articles, rejects


@pytest.fixture
def bucket():
    """A folder of the memory file system with files of several kinds."""
    root = f"memory://{uuid.uuid4().hex}"
    fs, path = fsspec.core.url_to_fs(root)
    table = io.BytesIO()
    pq.write_table(pa.table({"id": ["p"], "text": [TEXT]}), table)
    for name, content in {
        "outlet=Le%20Fanal/p.parquet": table.getvalue(),
        "day/a.txt": TEXT.encode(),
        "day/b.csv.gz": gzip.compress(f'id,text\nb,"{TEXT}"\n'.encode()),
        "day/.hidden.txt": b"x",
        "day/film.mov": b"x",
    }.items():
        fs.pipe_file(f"{path}/{name}", content)
    return root


def test_a_folder_is_read_with_all_below_and_what_is_passed_over_is_counted(bucket):
    articles, rejects = read(bucket)
    assert {row["article_id"]: (row["outlet"], row["text"]) for row in articles} == {
        "p": ("Le Fanal", TEXT), "a": (None, TEXT), "b": (None, TEXT)
    }  # fmt: skip
    assert [(reject["file"], reject["reason"][:32]) for reject in rejects] == [
        (f"{bucket}/day", "passed over: 1 file of kind .mov")
    ]
    assert rejects[0]["file"] in files.visited([bucket])


def test_a_pattern_and_a_file_are_read_and_what_is_not_there_is_told(bucket):
    assert [row["article_id"] for row in read(f"{bucket}/day/*.txt")[0]] == ["a"]
    assert [row["article_id"] for row in read(f"{bucket}/day/b.csv.gz", f"{bucket}/day/b.csv.gz")[0]] == ["b"]
    for missing in (f"{bucket}/none", f"{bucket}/*.none", "nowhere://x/y"):
        articles, (reject,) = read(missing)
        assert articles == [] and reject["file"] == missing and reject["reason"]


def test_a_file_of_the_web_is_read(tmp_path):
    pytest.importorskip("aiohttp")
    (tmp_path / "a.csv").write_text(f'id,text\nw,"{TEXT}"\n')
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=tmp_path)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        here = f"http://127.0.0.1:{server.server_port}"
        assert [row["article_id"] for row in read(f"{here}/a.csv")[0]] == ["w"]
        _, (reject,) = read(f"{here}/none.csv")
        assert "does not exist" in reject["reason"]
        server.shutdown()


@pytest.mark.parametrize("scheme", [scheme for scheme, extra in EXTRAS.items() if extra in ("gs", "az")])
def test_an_address_whose_library_is_missing_says_what_to_install(monkeypatch, scheme):
    for name in ("gcsfs", "adlfs"):
        monkeypatch.setitem(sys.modules, name, None)
    articles, rejects = read(f"{scheme}://press/a.csv")
    assert articles == [] and len(rejects) == 1
    assert rejects[0]["reason"].endswith(f"{scheme} needs a library: pip install 'dedup-press[{EXTRAS[scheme]}]'")
