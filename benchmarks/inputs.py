"""2,000 mixed files of which 300 are damaged on purpose: every good article in, every bad file told, memory bounded.

    python benchmarks/inputs.py [--files 2000] [--damaged 300]

Also the speed of pages beside trafilatura's own, on invented pages. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import random
import resource
import tempfile
import time
import zipfile
from pathlib import Path

from dedup.config import Config
from dedup.intake import ingest

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


def pages_a_second(count: int = 200) -> dict[str, float]:
    """Invented pages with menus and teasers: this reader and trafilatura's own extraction with metadata."""
    from trafilatura import bare_extraction

    from dedup.intake.pages import read_page

    rng = random.Random(2)
    menu = "".join(f"<li><a href='/{n}'>{prose(rng, 4)}</a></li>" for n in range(150))
    head = (
        '<script type="application/ld+json">{"@type":"NewsArticle","author":{"name":"AFP"}}</script>'
        + "<meta name='a'>" * 40
    )
    start = f"<!doctype html><html><head>{head}</head><body><nav><ul>{menu}</ul></nav><main><article>"
    pages = [
        f"{start}<h1>{prose(rng, 6)}</h1>"
        + "".join(f"<p>{prose(rng, 60)}</p>" for _ in range(12))
        + f"</article></main><footer><ul>{menu}</ul></footer></body></html>"
        for _ in range(count)
    ]
    found = {}
    readers = {
        "dedup": read_page,
        "trafilatura": lambda page: bare_extraction(page, include_comments=False, with_metadata=True),
    }
    for name, reader in readers.items():
        reader(pages[0])
        start = time.process_time()
        for page in pages:
            reader(page)
        found[name] = round(count / (time.process_time() - start), 1)
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--files", type=int, default=2_000)
    parser.add_argument("--damaged", type=int, default=300)
    given = parser.parse_args()
    print(json.dumps({"mixed": measure(given.files, given.damaged), "pages_a_cpu_second": pages_a_second()}, indent=2))
