"""Archives -> the files in them: zip, tar (also packed), and web archives (WARC, WACZ).

Members are read in place, nothing is written to the disk, so no path can escape. Size and number of what comes out
are bounded; an archive inside an archive is refused.
"""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Iterator
from typing import Any

from dedup.intake.encodings import decode
from dedup.intake.records import HEAD, MOST_BYTES, Fault, File, Record, Unreadable
from dedup.intake.zips import content_of

MOST_MEMBERS = 200_000
"""Files in one archive."""


def zip_rows(file: File) -> Iterator[Record]:
    """The articles of every file in a zip."""
    if file.in_archive:
        raise Unreadable("an archive inside an archive: unpack it")
    try:
        with file.open() as stream, zipfile.ZipFile(stream) as archive:
            infos = sorted(archive.infolist(), key=lambda info: info.filename)
            for info in infos[:MOST_MEMBERS]:
                if info.is_dir() or _is_hidden(info.filename):
                    continue
                yield from _member_rows(file, info.filename, *content_of(archive, info))
            if len(infos) > MOST_MEMBERS:
                yield None, Fault(f"more than {MOST_MEMBERS:,} files in the archive; the rest was not read")
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise Unreadable(f"the archive is damaged: {error}") from error


def tar_rows(file: File) -> Iterator[Record]:
    """The articles of every file in a tar."""
    if file.in_archive:
        raise Unreadable("an archive inside an archive: unpack it")
    try:
        with file.open() as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
            for number, info in enumerate(archive):
                if number >= MOST_MEMBERS:
                    yield None, Fault(f"more than {MOST_MEMBERS:,} files in the archive; the rest was not read")
                    return
                if not info.isfile() or _is_hidden(info.name):
                    continue
                if info.size > MOST_BYTES:
                    yield from _member_rows(file, info.name, b"", f"longer than {MOST_BYTES:,} bytes: unpack it")
                    continue
                inside = archive.extractfile(info)
                yield from _member_rows(file, info.name, inside.read() if inside else b"", None)
    except tarfile.TarError as error:
        raise Unreadable(f"the archive is damaged: {error}") from error


def _is_hidden(name: str) -> bool:
    return any(part.startswith((".", "_")) for part in name.split("/") if part != "..")


def _member_rows(file: File, name: str, content: bytes, problem: str | None) -> Iterator[Record]:
    """The rows of one member; faults name it."""
    from dedup.intake import ingest
    from dedup.intake.files import partition, unpacked

    if problem is None:
        content, problem = unpacked(name, content)
    if problem is not None:
        yield None, Fault(f"{name}: {problem}")
        return
    inner = File(
        f"{file.name}/{name}", lambda: io.BytesIO(content), content[:HEAD], partition(name), file.columns, True
    )
    for _, row in ingest.records(inner):
        yield None, row._replace(reason=f"{name}: {row.reason}") if isinstance(row, Fault) else row


# Web archives


def warc_rows(file: File) -> Iterator[Record]:
    """The pages of a WARC, one after another; a bad record never ends the file."""
    with file.open() as stream:
        yield from _warc(stream)


def wacz_rows(file: File) -> Iterator[Record]:
    """The pages of a WACZ: a zip of WARCs."""
    try:
        with file.open() as stream, zipfile.ZipFile(stream) as archive:
            for name in sorted(archive.namelist()):
                if name.startswith("archive/") and name.endswith((".warc", ".warc.gz")):
                    with archive.open(name) as inside:
                        yield from _warc(inside)
    except zipfile.BadZipFile as error:
        raise Unreadable(f"the archive is damaged: {error}") from error


def _warc(stream: Any) -> Iterator[Record]:
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    number = 0
    seen: set[tuple[str, str]] = set()
    wanted = WarcRecordType.response | WarcRecordType.revisit | WarcRecordType.resource
    for record in ArchiveIterator(stream, record_types=wanted, parse_http=True):
        number += 1
        try:
            yield from ((number, row) for row in _warc_record(record, seen))
        except Unreadable as error:
            yield number, Fault(str(error))
        except (ValueError, LookupError, AttributeError, TypeError, OSError) as error:
            yield number, Fault(f"a damaged record: {type(error).__name__}: {error}")
    if not number:
        yield None, Fault("no page in the web archive")


def _warc_record(record: Any, seen: set[tuple[str, str]]) -> Iterator[dict[str, Any] | Fault]:
    from dedup.intake.pages import MOST_HTML, charset, is_page, page_rows

    url = (record.headers.get("WARC-Target-URI") or "").strip("<>")
    digest = record.headers.get("WARC-Payload-Digest") or ""
    if "revisit" in str(record.record_type):
        return  # the same page again: its text stands in the record that it refers to
    kind = (record.http_content_type if record.http_headers else record.headers.get("Content-Type")) or ""
    status = record.http_headers.status_code if record.http_headers else 200
    if (kind and "html" not in kind.lower()) or status != 200 or (digest and (url, digest) in seen):
        return
    seen.add((url, digest))
    content = record.reader.read(MOST_HTML + 1)
    if len(content) > MOST_HTML:
        raise Unreadable(f"{url}: longer than {MOST_HTML:,} bytes")
    html, _ = decode(content, record.http_charset or charset(content))
    if not kind and not is_page(html):
        return
    for _, row in page_rows(html, url):
        if isinstance(row, Fault):
            yield row._replace(reason=f"{url}: {row.reason}")
        else:
            yield {**row, "fetched_at": record.headers.get("WARC-Date")}
