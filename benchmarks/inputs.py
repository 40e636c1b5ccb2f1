"""2,000 mixed files of which 300 are damaged on purpose: every good article in, every bad file told, memory bounded.

    python benchmarks/inputs.py [--files 2000] [--damaged 300] [--pages DIR]

Also pages a second of CPU: as files, as records of a web archive, and by trafilatura's own extraction with metadata,
medians of five rounds in which each takes its turn; invented pages, or those of a folder (``.html``, ``.html.gz``)
that are no exports of a database. And the CPU time of files of 1 MB that hold as many
rows as they can. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import io
import json
import random
import resource
import statistics
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

from dedup.config import Config
from dedup.intake import files, ingest, readers

WORDS = (
    "le la les un une des conseil municipal piscine marché fleurs travaux annonce mardi maire séance houleuse "
    "charpente village élèves forêt source rivière pont fermé rouvert concert fanfare tournée plateau visite"
).split()


def prose(rng: random.Random, words: int = 120) -> str:
    """Invented sentences."""
    lines = []
    while words > 0:
        size = rng.randrange(8, 22)
        lines.append(" ".join(rng.choices(WORDS, k=size)).capitalize() + ".")
        words -= size
    return " ".join(lines)


def good(rng: random.Random, number: int) -> tuple[str, bytes]:
    """(name, content) of a file with exactly one article."""
    text = f"Article {number}. {prose(rng)}"
    kind = rng.choice(("txt", "jsonl", "csv", "html", "html.gz", "xml", "json", "zip", "eml", "docx"))
    if kind == "txt":
        return f"{number}.txt", text.encode()
    if kind in ("jsonl", "json"):
        return f"{number}.{kind}", json.dumps({"id": str(number), "text": text}).encode()
    if kind == "csv":
        return f"{number}.csv", f'id;Contenu\n{number};"{text}"\n'.encode()
    page = f"<!doctype html><html><body><article><h1>Titre {number}</h1><p>{text}</p></article></body></html>".encode()
    if kind.startswith("html"):
        return f"{number}.{kind}", gzip.compress(page) if kind.endswith("gz") else page
    if kind == "xml":
        body = f"<body><body.content><p>{text}</p></body.content></body>"
        return (
            f"{number}.xml",
            f'<nitf><head><docdata><doc-id id-string="n{number}"/></docdata></head>{body}</nitf>'.encode(),
        )
    if kind == "eml":
        return f"{number}.eml", f"From: a@b.example\nSubject: {number}\nMessage-ID: <{number}@b>\n\n{text}\n".encode()
    document = f'<w:document xmlns:w="x"><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:document>'.encode()
    inside = {"page.html": page} if kind == "zip" else {"word/document.xml": document}
    return f"{number}.{kind}", _zip(inside)


def damaged(rng: random.Random, number: int) -> tuple[str, bytes]:
    """(name, content) of a file without an article that can be read."""
    text = prose(rng)
    bomb = '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(8)
    )
    options = (
        (f"{number}.jsonl.gz", gzip.compress(json.dumps({"text": text}).encode())[:-20]),
        (f"{number}.txt", b""),
        (f"{number}.txt", rng.randbytes(4_000)),
        (f"{number}.xml", f"{bomb}]><nitf><body>&i;</body></nitf>".encode()),
        (f"{number}.html", b"<html><head><title>x</title></head></html>"),
        (f"{number}.html", b"<p>" + b"mot " * 15_000_000 if number % 50 == 0 else b"<html></html>"),
        (f"{number}.json", b'{"text": "\\ud83d'),
        (f"{number}.zip", _zip({"inner.zip": _zip({"a.txt": text.encode()})})),
        (f"{number}.zip", _zip({"zeros.txt": bytes(30_000_000)})),
        (f"{number}.jsonl", json.dumps({"text": text}, ensure_ascii=False).encode("cp1252")),
        (f"{number}.pdf", b"%PDF-1.7 nothing"),
        (f"{number}.parquet", b"PAR1 cut"),
        (f"{number}.csv", b"id;prose\n1;x\n"),
        (f"{number}.docx", b"PK\x03\x04 cut"),
    )
    return rng.choice(options)


def _zip(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def measure(files: int, bad: int) -> dict[str, object]:
    """Write the files, read them, and compare with what was written."""
    rng = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        kinds = [damaged] * bad + [good] * (files - bad)
        rng.shuffle(kinds)
        bad_names = set()
        for number, make in enumerate(kinds):
            name, content = make(rng, number)
            (Path(folder) / name).write_bytes(content)
            if make is damaged:
                bad_names.add(str(Path(folder) / name))
        start = time.perf_counter()
        articles, told = 0, set()
        for batch, rejects in ingest.read([folder], Config()):
            articles += batch.num_rows
            told |= {row["file"] for row in rejects.to_pylist() if not row["kept"]}
        return {
            "files": files,
            "good": files - bad,
            "articles": articles,
            "damaged": bad,
            "damaged_told": len(told & bad_names),
            "good_told": len(told - bad_names),
            "seconds": round(time.perf_counter() - start, 1),
            "peak_MiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        }


def invented(count: int = 200) -> list[bytes]:
    """Invented pages with menus and teasers."""
    rng = random.Random(2)
    menu = "".join(f"<li><a href='/{n}'>{prose(rng, 4)}</a></li>" for n in range(150))
    head = (
        '<script type="application/ld+json">{"@type":"NewsArticle","author":{"name":"AFP"}}</script>'
        + "<meta name='a'>" * 40
    )
    start = f"<!doctype html><html><head>{head}</head><body><nav><ul>{menu}</ul></nav><main><article>"
    end = f"</article></main><footer><ul>{menu}</ul></footer></body></html>"
    return [
        f"{start}<h1>{prose(rng, 6)}</h1>{''.join(f'<p>{prose(rng, 60)}</p>' for _ in range(12))}{end}".encode()
        for _ in range(count)
    ]


def saved(folder: Path) -> list[bytes]:
    """The pages of a folder and of those below it; an export of a database is none, in a web archive as well."""
    found = []
    for path in sorted(folder.rglob("*.htm*")):
        kind = readers.kind_of(files.opened(str(path)))
        if kind is not None and kind.name == "HTML":
            content = path.read_bytes()
            found.append(gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content)
    return found


def record(number: int, page: bytes) -> bytes:
    """A page as a response in a web archive, packed by itself."""
    http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%b" % (len(page), page)
    head = (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://fanal.example/{number}\r\n"
        f"WARC-Date: 2025-03-12T10:00:00Z\r\nWARC-Record-ID: <urn:uuid:{number:032d}>\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(http)}\r\n\r\n"
    )
    return gzip.compress(head.encode() + http + b"\r\n\r\n")


def pages_a_second(pages: list[bytes]) -> dict[str, float]:
    """Pages a second of CPU, medians of five: files and a web archive as a run reads them, trafilatura alone."""
    from trafilatura import bare_extraction

    from dedup.intake.encodings import decode
    from dedup.intake.pages import charset

    texts = [decode(page, charset(page))[0] for page in pages]
    with tempfile.TemporaryDirectory() as name:
        folder, archive = Path(name) / "pages", Path(name) / "pages.warc.gz"
        folder.mkdir()
        for number, page in enumerate(pages):
            (folder / f"{number}.html").write_bytes(page)
        archive.write_bytes(b"".join(record(number, page) for number, page in enumerate(pages)))

        def own() -> None:
            for text in texts:
                with contextlib.suppress(Exception):  # pages without an article
                    bare_extraction(text, include_comments=False, with_metadata=True)

        ways = {
            "files": lambda: list(ingest.read([folder], Config())),
            "web archive": lambda: list(ingest.read([archive], Config())),
            "trafilatura alone": own,
        }
        rounds = [{way: _cpu(work) for way, work in ways.items()} for _ in range(5)]
        return {way: round(len(pages) / statistics.median(took[way] for took in rounds), 1) for way in ways}


def many_rows() -> dict[str, float]:
    """CPU seconds of files of 1 MB that hold as many rows as they can."""
    contents = {
        "rows.csv": b"text\n" + b"a b c d\n" * 125_000,
        "quoted.csv": b"id,text\n" + b'1,"a\n' * 190_000,
        "endless.csv": b"id,text\n" + b'1""","\n' * 140_000,
        "rows.jsonl": b'{"text":"a"}\n' * 77_000,
        "telex.txt": b"\x01a\x02b\x03\n" * 140_000,
    }
    with tempfile.TemporaryDirectory() as name:
        for file, content in contents.items():
            (Path(name) / file).write_bytes(content)
        return {file: round(_cpu(lambda f=file: list(ingest.read([Path(name) / f], Config()))), 2) for file in contents}


def _cpu(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--files", type=int, default=2_000)
    parser.add_argument("--damaged", type=int, default=300)
    parser.add_argument("--pages", type=Path, help="folder of saved pages, in place of invented ones")
    given = parser.parse_args()
    speed = pages_a_second(saved(given.pages) if given.pages else invented())
    mixed, rows = measure(given.files, given.damaged), many_rows()
    print(json.dumps({"mixed": mixed, "pages_a_cpu_second": speed, "cpu_seconds_of_1_MB": rows}, indent=2))
