"""The report: what it holds, that nothing in it can run, and that a reader can use it in a real browser."""

from __future__ import annotations

import ast
import csv
import html
import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from french_pages import english_alone, said_on
from runs import prose, write_lines

from dedup import schemas
from dedup.config import Config
from dedup.constants import CLAIMED
from dedup.credits.rules import load_rules
from dedup.intake import encodings, readers, rows, tables
from dedup.pipeline import steps
from dedup.store import disk, identity
from dedup.store.snapshot import Snapshot
from dedup.surfaces import report
from dedup.surfaces.report import corpus, files
from dedup.surfaces.web import search
from dedup.text import words
from dedup.tracing import evidence

ROOT = Path(__file__).parents[3]
REAL = ROOT.parent / "shared" / "data" / "gilets_jaunes" / "articles.jsonl"
HOSTILE = '</script><script>window.pwned=1</script><img src=x onerror="window.pwned=2">'
HOSTILE_ID = "m\u00e9chant/</script>?#%41&\u2028'\""

SENTENCES = (
    "La coopérative des Trois Vallées a inauguré mardi soir une fromagerie flottante amarrée au quai des Tanneurs.",
    "Le prototype, long de dix-huit mètres, affinera chaque semaine quatre cents meules sous la ligne de flottaison.",
    "Ses promoteurs espèrent vendre la moitié de la production aux péniches de passage avant la fin de l'automne.",
)


def hostile_articles() -> list[dict]:
    """A dispatch and a carrier whose every field is full of markup.

    In texts and titles it stands as entities: these are read as what they stand for, while tags are taken away.
    """
    printed = html.escape(HOSTILE)
    text = "\n".join([SENTENCES[0], f"{SENTENCES[1]} {printed} 😀 {{{{ 7*7 }}}}", SENTENCES[2]])
    return [
        {
            "id": HOSTILE_ID,
            "title": f"Titre {printed}",
            "text": text,
            "outlet": "AFP",
            "is_wire": True,
            "published_at": "2025-03-12T08:00:00Z",
        },
        {
            "id": "constructor",
            "title": f"Copie {printed}",
            "outlet": f"Gazette {HOSTILE}",
            "url": "javascript:window.pwned=3",
            "text": text.replace("mardi soir", "mercredi matin"),
            "published_at": "2025-03-12T09:30:00Z",
        },
        {"id": "__proto__", "title": "Troisième", "outlet": "Le Phare", "text": text, "published_at": "2025-03-12"},
    ]


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory) -> Path:
    """A snapshot of the example articles and of hostile ones, without its report."""
    folder = tmp_path_factory.mktemp("report")
    (folder / "hostile.jsonl").write_text("\n".join(map(json.dumps, hostile_articles())), "utf-8")
    config = Config(outlets_file=ROOT / "examples" / "outlets.csv")
    result = steps.run([ROOT / "examples" / "inbox", folder / "hostile.jsonl"], folder / "out", config)
    shutil.rmtree(result.path / "report", ignore_errors=True)
    return result.path


@pytest.fixture(scope="module")
def single(snapshot, tmp_path_factory) -> Path:
    """The report as one file."""
    return report.write(snapshot, tmp_path_factory.mktemp("single") / "report")


@pytest.fixture(scope="module")
def chunked(snapshot, tmp_path_factory) -> Path:
    """The same report with its texts in files beside it."""
    limits = report.Limits(inline=0)
    return report.write(snapshot, tmp_path_factory.mktemp("chunked") / "report", limits=limits)


def made_files(index: Path) -> dict[str, bytes]:
    found = (path for path in index.parent.rglob("*") if path.is_file())
    return {str(path.relative_to(index.parent)): path.read_bytes() for path in found}


def home(index: Path) -> dict:
    return json.loads(re.search(r'id="home">(.*?)</script>', index.read_text("utf-8"), re.S)[1])


def chunks(index: Path, kind: str) -> list:
    """Values of the chunks of a kind, read from the files as the browser does: one call with one JSON value."""
    values, told = [], home(index)
    names = told["lists"][kind]["chunks"] if kind in told["lists"] else [name for _, name in told["texts"][kind]]
    for name in names:
        text = (index.parent / "data" / f"{kind}-{name}.js").read_text("utf-8")
        call = re.fullmatch(rf'dedupChunk\("{kind}","{name}",(.*)\);\n', text, re.S)
        values.append(json.loads(call[1]))
    return values


def records(index: Path, kind: str) -> dict[str, dict]:
    return {key: value for chunk in chunks(index, kind) for key, value in chunk}


# ------------------------------------------------------------------------------------------------- what is written


def test_a_small_report_is_one_page_beside_the_library_of_its_charts(single):
    assert set(made_files(single)) == {"index.html", "assets/charts.min.js"}


def test_the_library_of_the_charts_is_on_the_disk_once(single, chunked):
    inodes = {(index.parent / "assets" / files.CHARTS).stat().st_ino for index in (single, chunked)}
    assert inodes == {(files.ASSETS / files.CHARTS).stat().st_ino} or len(inodes) == 2  # another disk: copies


def test_a_big_report_keeps_its_texts_in_chunks(chunked):
    assert {name.split("-")[0] for name in made_files(chunked)} == {
        "index.html",
        "assets/charts.min.js",
        "data/edges",
        "data/sources",
        "data/passages",
        "data/articles",
        "data/searched",
        "data/source",
        "data/passage",
        "data/article",
    }


def test_equal_snapshots_give_equal_bytes(snapshot, single, chunked, tmp_path):
    assert made_files(report.write(snapshot, tmp_path / "again")) == made_files(single)
    assert made_files(report.write(snapshot, tmp_path / "chunked", limits=report.Limits(inline=0))) == made_files(
        chunked
    )


def test_the_report_stands_inside_the_snapshot_unless_told_otherwise(snapshot, tmp_path):
    shutil.copytree(snapshot, tmp_path / "snapshot")
    assert report.write(tmp_path / "snapshot") == tmp_path / "snapshot" / "report" / "index.html"
    assert not (tmp_path / "snapshot" / "report.partial").exists()


def test_a_run_not_yet_published_gives_its_manifest(snapshot, tmp_path):
    shutil.copytree(snapshot, tmp_path / "work")
    (tmp_path / "work" / "manifest.json").unlink()
    assert home(report.write(tmp_path / "work"))["run"]["manifest"] is None
    index = report.write(tmp_path / "work", manifest={"counts": {"articles": 3}})
    assert home(index)["run"]["manifest"] == {"counts": {"articles": 3}}


def test_an_older_report_is_replaced_and_other_files_are_not(snapshot, single, tmp_path):
    folder = tmp_path / "kept"
    folder.mkdir()
    assert report.write(snapshot, folder).exists()
    (folder / "data").mkdir()
    assert not (report.write(snapshot, folder).parent / "data").exists()
    other = tmp_path / "other"
    other.mkdir()
    (other / "index.html").write_text("<title>mine</title>")
    with pytest.raises(disk.StorageError, match="no report"):
        report.write(snapshot, other)
    assert (other / "index.html").read_text() == "<title>mine</title>"


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(disk.StorageError, match="nowhere"):
        report.write(tmp_path / "nowhere")


def test_a_snapshot_without_tables_still_gives_a_report(tmp_path):
    (tmp_path / "empty").mkdir()
    assert home(report.write(tmp_path / "empty"))["counts"]["articles"] == 0


@pytest.mark.parametrize("left_out", [name for name in schemas.TABLES if name != "articles"])
def test_a_missing_table_leaves_its_part_out(snapshot, left_out, tmp_path):
    for path in snapshot.glob("*.parquet"):
        if path.stem != left_out:
            (tmp_path / path.name).hardlink_to(path)
    assert report.write(tmp_path).exists()


def test_a_table_may_be_a_folder_of_files(snapshot, chunked, tmp_path):
    for path in snapshot.glob("*.parquet"):
        table = disk.read_table(path)
        cut = table.num_rows // 2
        disk.write_table(tmp_path / path.stem / "b.parquet", table.slice(0, cut))
        disk.write_table(tmp_path / path.stem / "a.parquet", table.slice(cut))  # order of the rows must not matter
    index = report.write(tmp_path, tmp_path / "report", limits=report.Limits(inline=0))
    for kind in ("source", "passage", "article"):
        assert records(index, kind) == records(chunked, kind)


def test_the_figures_are_those_that_a_run_prints(snapshot, single):
    from dedup.summary.findings import read_findings

    found = read_findings(snapshot)
    assert home(single)["counts"] == found.counts
    assert [row["id"] for row in home(single)["top"] if row["wire"]][:5] == [row["id"] for row in found.dispatches][:5]


def test_every_listed_row_can_be_opened(chunked):
    for list_name, kind in (("sources", "source"), ("passages", "passage"), ("articles", "article")):
        ids = [key for chunk in chunks(chunked, list_name) for key in chunk["id"]]
        assert len(ids) == home(chunked)["lists"][list_name]["rows"] > 0
        assert sorted(ids) == sorted(records(chunked, kind))


def test_chunks_are_in_the_order_in_which_the_browser_looks_ids_up(snapshot, monkeypatch, tmp_path):
    monkeypatch.setattr(files, "CHUNK_BYTES", 4_000)
    index = report.write(snapshot, tmp_path / "report", limits=report.Limits(inline=0))
    firsts = [first for first, _ in home(index)["texts"]["article"]]
    assert len(firsts) > 10
    assert firsts == [chunk[0][0] for chunk in chunks(index, "article")]
    keys = [key.encode("utf-16-be") for chunk in chunks(index, "article") for key, _ in chunk]
    assert keys == sorted(set(keys))


def test_what_two_reports_hold_alike_is_on_the_disk_once(tmp_path):
    def finish(folder: Path, manifest: dict) -> None:
        report.write(folder, manifest=manifest, limits=report.Limits(inline=0))

    rows = [
        {
            "id": f"a{number:02}",
            "text": prose(number % 20, 40),
            "outlet": f"J{number}",
            "published_at": f"2025-03-{1 + number % 20:02}T10:00:00Z",
        }
        for number in range(40)
    ]
    steps.run([write_lines(tmp_path / "1.jsonl", rows[:39])], tmp_path / "out", finish=finish)
    steps.run([write_lines(tmp_path / "2.jsonl", rows[39:])], tmp_path / "out", finish=finish)
    before, now = (path / "report" / "data" for path in sorted((tmp_path / "out" / "snapshots").iterdir()))
    kept = {path.name for path in now.glob("passage-*") if (before / path.name).exists()}
    assert 8 <= len(kept) < len(list(now.glob("passage-*")))
    assert all((before / name).samefile(now / name) for name in kept)


def test_a_damaged_chunk_is_not_taken_over(tmp_path):
    for folder, text in (("old", "damaged"), ("new", "right")):
        (tmp_path / folder / "data").mkdir(parents=True)
        (tmp_path / folder / "data" / "article-1.js").write_text(text)
    files.share(tmp_path / "new", tmp_path / "old")
    assert (tmp_path / "new" / "data" / "article-1.js").read_text() == "right"


def test_ids_are_sorted_as_javascript_compares_them():
    ids = ["\U0001f600", "\ufb01", "a", "B", "é"]
    assert corpus.in_order(pa.array(ids)).to_pylist() == ["B", "a", "é", "\U0001f600", "\ufb01"]


def test_a_cut_report_keeps_the_most_carried_and_says_what_it_left_out(snapshot, tmp_path):
    limits = report.Limits(texts=12, passages=5, rows=4, inline=0)
    index = report.write(snapshot, tmp_path / "report", limits=limits)
    found = home(index)
    assert found["n_texts"] == 12 == len(records(index, "article"))
    shown = {name: about["shown"] for name, about in found["lists"].items()}
    assert shown.pop("edges") == sum(chunks(index, "sources")[0]["articles"])
    assert shown == {"sources": 4, "passages": 5, "articles": 4}
    assert all(about["rows"] > about["shown"] for about in found["lists"].values())
    top = found["top"][0]["id"]
    carriers = [row["id"] for row in records(index, "source")[top]["carriers"]]
    assert {top, *carriers} <= set(records(index, "article"))


def test_the_words_are_painted_as_the_shares_count_them(snapshot, chunked):
    _painted_as_counted(snapshot, chunked)


@pytest.mark.skipif(not REAL.exists(), reason="the press texts are not beside the repository")
def test_the_words_of_real_articles_are_painted_as_the_shares_count_them(tmp_path):
    with open(REAL, encoding="utf-8") as lines:
        (tmp_path / "some.jsonl").write_text("".join(islice(lines, 500)), "utf-8")
    path = steps.run([tmp_path / "some.jsonl"], tmp_path / "out").path
    _painted_as_counted(path, report.write(path, tmp_path / "report"))


def _painted_as_counted(snapshot: Path, index: Path) -> None:
    """The law: counted word by word from the colours, each article has the shares of ARTICLE_PROVENANCE."""
    shares = {row["article_id"]: row for row in disk.read_table(snapshot / "article_provenance.parquet").to_pylist()}
    painted = records(index, "article")
    assert painted.keys() == shares.keys()
    places = [(key, line) for key, article in painted.items() for line in article["paragraphs"]]
    found = words.read_words(pa.table({"text": [line[2] for _, line in places]}), Config())
    counted = {key: dict.fromkeys(schemas.SHARES, 0) for key in painted}
    for (key, line), begins in zip(places, found["begin"].to_pylist(), strict=True):
        for begin in begins:
            kind = next((kind for low, high, kind in line[3] if low <= begin < high), "own")
            counted[key]["own" if kind == "house" else kind] += 1
    for key, of in counted.items():
        total = max(sum(of.values()), 1)
        for kind in schemas.SHARES:
            expected = shares[key][f"share_{kind}"]
            share = of[kind] / total if sum(of.values()) else float(kind == "own")
            assert share == pytest.approx(expected, abs=1e-5), (key, kind)


def test_a_source_lists_the_carriers_that_wire_pickup_counts(snapshot, chunked):
    pickup = disk.read_table(snapshot / "wire_pickup.parquet").to_pylist()
    for row in pickup:
        carriers = records(chunked, "source")[row["article_id"]]["carriers"]
        assert len(carriers) == row["n_articles"]
        assert len({carrier["outlet"] for carrier in carriers} - {None}) == row["n_outlets"]
        highs = [carrier["high"] for carrier in carriers if carrier["high"] is not None]
        assert highs == sorted(highs)


# ------------------------------------------------------------------------------------------------- what cannot run


def test_text_of_an_article_closes_no_script(single, chunked):
    for index in (single, chunked):
        page = index.read_text("utf-8")
        assert "pwned" in page
        assert not re.search(r"<[^>]*pwned", page)
        assert page.count("<script") == page.count("</script>")
    assert records(chunked, "article")["constructor"]["title"] == f"Copie {HOSTILE}"


def test_json_holds_no_character_that_a_script_element_reads():
    value = {"<!--</script>": ["&amp;", "\u2028\u2029", "é 😀", 'a"b\\']}
    written = files.json_bytes(value)
    assert not re.search(rb"[<>&]|\xe2\x80\xa8|\xe2\x80\xa9", written)
    assert json.loads(written) == value


def test_the_page_asks_for_nothing_from_the_network(single):
    page = re.sub(r'<script type="application/json".*?</script>', "", single.read_text("utf-8"), flags=re.S)
    assert not re.search(r"""(src|href)=["']?(https?:)?//|@import|url\(\s*["']?(?!data:)""", page)
    assert not re.search(r"XMLHttpRequest|WebSocket|EventSource|sendBeacon|import\(", page)
    assert page.count("fetch(") == files.asset("live.js").count("fetch(") == 1, (
        "only a server is asked, when there is one"
    )
    assert "default-src 'none'" in page


def test_the_program_never_turns_text_into_markup():
    program = "".join(files.asset(name) for name in files.SCRIPTS)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser", program)
    assert not re.search(r"\beval\(|new Function", program)


# ------------------------------------------------------------------------------------------------- what it says


def test_everything_is_said_in_both_languages():
    program = {name: files.asset(name) for name in files.SCRIPTS}
    said = dict(re.findall(r'^  (\w+): \["(.*?)",\s+"', program["words.js"], re.M))
    used = set(re.findall(r'\btn?\("(\w+)"', "".join(program.values())))
    used |= set(re.findall(r'data-(?:t|label)="(\w+)"', (files.ASSETS / "index.html.j2").read_text("utf-8")))
    used |= {f"{name}Note" for name in ("sources", "passages", "articles")}
    quoted = set(re.findall(r'"(\w+)"', "".join(text for name, text in program.items() if name != "words.js")))
    assert used and used <= said.keys()
    assert said.keys() <= used | quoted, "nobody says these"


def test_every_reason_of_the_tables_is_said_in_french():
    patterns = re.findall(r"^  \[/(\^.*?\$)/,", files.asset("words.js"), re.M)
    source = "".join(path.read_text("utf-8") for path in (ROOT / "dedup" / "tracing").glob("*.py"))
    reasons = re.findall(r'said\.append\(f?"(.+)"\)', source)
    reasons += [text for both in (*evidence.ARTICLE_SENTENCES, *evidence.CLUSTER_SENTENCES) if both for text in both]
    assert len(reasons) > 15
    for reason in (re.sub(r"\{.*?\}", "7", reason) for reason in reasons):
        assert any(re.fullmatch(pattern, reason) for pattern in patterns), reason


UNCLOSED = "a quotation mark is not closed, or closed too early"


def _refusals() -> Iterator[str]:
    """Every reason of ``intake`` and of identity, as it is written in the sources; what varies is one word."""

    def written(node: ast.AST) -> str | None:
        if isinstance(node, ast.Subscript):
            return written(node.value)
        if isinstance(node, ast.JoinedStr):
            return "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in node.values)
        return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None

    for path in (ROOT / "dedup" / "intake").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            name = ast.unparse(node.func).split(".")[-1] if isinstance(node, ast.Call) else ""
            if name in ("Fault", "Unreadable") or (name == "append" and ast.unparse(node.func) == "said.append"):
                yield from filter(None, [written(node.args[0])])
            elif name == "reject":
                yield from filter(None, map(written, node.args))
            elif name == "ValueError" and path.name == "dates.py":
                yield f"{written(node.args[0])}; the article is kept without it"
    yield from (readers.unknown(f"a{ending.split()[0]}") for ending in (*readers.REMEDIES, ".xyz"))
    yield from (f"passed over: 2 files {what}; expected .txt" for what in ("of kind .doc", "without a suffix"))
    yield from (f"{reason} (lines 3 to 5)" for reason in ("7 cells in the row, 3 columns in the header", UNCLOSED))
    yield from (tables.no_text(names) for names in (["titre"], ["url"], []))
    yield from (encodings.undecodable(b"\xe9", 0, where) for where in ("", " of the text", " of column 'a'"))
    yield from (reason for reason in (rows._why_no_text(text) for text in (None, "", 7, b"\xe9")) if reason)
    same, other = {"outlet": "Le Fanal", "is_wire": False}, {"outlet": None, "is_wire": True}
    place = {"file": "f", "position": 1, "article_id": "a"}
    pairs = ((same, same), (same, other), (other, same))
    yield from (identity._refusal({**place, **fact}, holder)["reason"] for fact, holder in pairs)


def test_every_reason_why_something_was_refused_is_said_in_french():
    patterns = re.findall(r"^  \[/(\^.*?\$)/,", files.asset("refusals.js"), re.M)
    place = encodings.undecodable(b"\xe9", 0).split(";")[0]
    reasons = {re.sub("^7(?=: (read|damaged))", place, reason) for reason in _refusals()}
    reasons -= {"7", "7: 7", "7; the article is kept without it"}  # another reason, as it is said elsewhere
    assert len(reasons) > 90
    unsaid = [
        reason
        for reason in reasons
        if not any(re.fullmatch(pattern, text) for pattern in patterns for text in (reason, reason.removeprefix("7: ")))
    ]
    assert not unsaid, unsaid


def test_a_refusal_inside_an_archive_keeps_the_name_of_its_file(visit, single):
    said = f"text => {{ const language = 0; {files.asset('refusals.js')} return refusal(text); }}"
    tab = visit(single)
    french = tab.evaluate(said, "2024/a.jsonl: not JSON: line 1")
    assert french == "2024/a.jsonl\u00a0: ce n’est pas du JSON\u00a0: \u0001line 1"
    assert tab.evaluate(said, "nobody knows: this one") == "nobody knows: this one"


def test_french_has_no_reason_that_nobody_says():
    trees = [ast.parse(path.read_text("utf-8")) for path in (ROOT / "dedup").rglob("*.py")]
    said = {
        "".join(
            str(part.value) if isinstance(part, ast.Constant) else number for part in getattr(node, "values", [node])
        )
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))
        for number in ("7", "7%")
    }
    for pattern in re.findall(r"^  \[/\^(.*?)\$/,", files.asset("words.js"), re.M):
        if not pattern.startswith("(.+); "):  # two of them, joined
            assert any(re.fullmatch(pattern.removesuffix(": (.+)"), text) for text in said), pattern


def test_every_trace_of_an_agency_is_said_in_french():
    names = dict(re.findall(r'^  "((?:[^"\\]|\\.)+)": "(.+)",$', files.asset("words.js"), re.M))
    assert [scar.says for scar in load_rules(None).scars] == [name.replace('\\"', '"') for name in names]


def test_french_words_have_no_break_spaces_before_high_punctuation():
    french = re.findall(r'\["((?:[^"\\]|\\.)*)"', files.asset("words.js"))
    spaced = [text for text in french if re.search(r" [:;?!»]|« ", text)]
    assert not spaced
    tight = [text for text in french if re.search(r"(?<!u00a0)(?<!u202f)[:;?!](?= |$)", text)]
    assert not tight


# ------------------------------------------------------------------------------------------------- in a browser

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)


@pytest.fixture(scope="module")
def chromium():
    api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed (pip install playwright)")
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine (apt install chromium)")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium):
    """Open a report at a page; after the test nothing may have failed, run from a text, or left the disk."""
    opened, faults = [], []

    def go(index: Path, page: str = "/", **about):
        context = chromium.new_context(**{"locale": "fr-FR", "viewport": {"width": 1280, "height": 900}, **about})
        tab = context.new_page()
        tab.on("pageerror", lambda error: faults.append(str(error)))
        tab.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        tab.on("dialog", lambda dialog: (faults.append(f"dialog {dialog.message}"), dialog.dismiss()))
        tab.on(
            "request", lambda request: request.url.startswith(("file:", "data:", "blob:")) or faults.append(request.url)
        )
        tab.goto(f"{index.as_uri()}#{page}")
        tab.wait_for_selector("h1")
        opened.append(context)
        return tab

    go.faults = faults
    yield go
    for context in opened:
        for tab in context.pages:
            assert tab.evaluate("window.pwned") is None
        context.close()
    assert not faults


def first_row(tab) -> str:
    return tab.locator("table.list tbody tr").first.locator("td").first.inner_text()


PAGES = (
    "/",
    "/sources",
    "/passages",
    "/articles",
    "/outlets",
    "/run",
    "/source/afp-0310-01",
    "/article/fanal-0310-a",
    "/article/constructor",
    "/compare/afp-0310-01/fleuve-0310-a",
)


def test_the_first_page_shows_the_day_at_a_glance(visit, single):
    tab = visit(single)
    found = home(single)
    cards = tab.locator(".cards strong").all_inner_texts()
    assert cards[0] == str(found["counts"]["articles"] - found["counts"]["dispatches"])
    assert cards[-1] == str(found["counts"]["uncredited"])
    assert tab.locator(".ranking li").count() == len(found["top"])
    assert "Le parcours des dépêches" in tab.title()


def test_a_search_narrows_the_list_whatever_the_accents(visit, chunked):
    tab = visit(chunked, "/articles")
    tab.wait_for_selector("table.list")
    everything = tab.locator("table.list tbody tr").count()
    tab.fill("#search", "EBOULEMENT savoyarde")
    tab.wait_for_selector(f"table.list tbody:not(:has(tr:nth-child({everything})))")
    assert "éboulement" in first_row(tab)
    assert "q=EBOULEMENT" in tab.url
    tab.fill("#search", "xyzzy")
    tab.wait_for_selector("text=Rien ne correspond")


def test_a_search_from_the_disk_looks_into_the_texts_as_a_server_does(visit, single, chunked, snapshot):
    for asked in ("cooperative meules", '"chaque semaine quatre"', '"quatre chaque semaine"', "l'automne", "lettre d"):
        expected = search.search(Snapshot(snapshot), asked)
        for index in (single, chunked):
            tab = visit(index, f"/articles?kind=all&q={_quoted(asked)}")
            tab.wait_for_function("/^\\d/.test(document.querySelector('.count').textContent)")
            assert tab.inner_text(".count").startswith(f"{expected.total} "), asked


def test_a_selection_from_the_disk_is_taken_along_as_parquet(visit, single):
    tab = visit(single, "/articles?evidence=found&sort=outlet")
    tab.wait_for_selector("table.list")
    with tab.expect_download() as csv_file:
        tab.click("[data-take=takeCsv]")
    with tab.expect_download() as parquet:
        tab.click("[data-take=takeParquet]")
    rows = pq.read_table(parquet.value.path()).to_pylist()
    lines = list(csv.DictReader(Path(csv_file.value.path()).read_text("utf-8-sig").splitlines()))
    assert [row["article_id"] for row in rows] == [line["article_id"] for line in lines]
    assert [row["title"] or "" for row in rows] == [line["title"] for line in lines]
    assert [row["share_found"] for row in rows] == [float(line["share_found"]) for line in lines]
    assert {row["found_without_credit"] for row in rows} <= {True, False}


def test_a_list_is_sorted_by_its_heads_and_says_so(visit, single):
    tab = visit(single, "/articles")
    head = tab.locator("th", has=tab.locator('[data-sort="words"]'))
    tab.click('[data-sort="words"]')
    assert head.get_attribute("aria-sort") == "descending"
    cells = tab.locator("table.list tbody tr td:last-child").all_inner_texts()
    counts = [int(re.sub(r"\D", "", text)) for text in cells]
    assert counts == sorted(counts, reverse=True)
    tab.click('[data-sort="words"]')
    assert head.get_attribute("aria-sort") == "ascending"
    assert tab.evaluate("document.activeElement.dataset.sort") == "words"


def test_filters_and_pages_stay_in_the_address(visit, single):
    tab = visit(single, "/articles?evidence=found&credit=claim")
    tab.wait_for_selector("table.list")
    assert tab.locator("table.list tbody tr").count() == home(single)["counts"]["uncredited"]
    tab.click("table.list tbody tr a >> nth=0")
    tab.wait_for_selector(".painted")
    tab.go_back()
    tab.wait_for_selector("table.list")
    assert tab.locator("select >> nth=1").input_value() == "found"


@pytest.mark.parametrize("form", ["single", "chunked"])
def test_a_cluster_opens_with_its_carriers_and_marked_differences(visit, form, request):
    tab = visit(request.getfixturevalue(form), "/passages?q=fromagerie+flottante")
    tab.click("table.list tbody tr a >> nth=0")
    tab.wait_for_selector("blockquote")
    assert "fromagerie flottante" in tab.inner_text("blockquote")
    assert tab.locator("[data-compare]").count() == 2
    tab.wait_for_selector(".chart svg")
    assert tab.locator(".m-dot > *, .m-link > *").count() == 2
    tab.get_by_role("button", name="Comparer avec Gazette").click()
    tab.wait_for_selector(".pairs-of-text ins")
    assert tab.locator(".pairs-of-text del").all_inner_texts() == ["mardi soir"]
    assert tab.locator(".pairs-of-text ins").all_inner_texts() == ["mercredi matin"]
    decoration = "element => getComputedStyle(element).textDecorationLine"
    assert tab.locator(".pairs-of-text del").evaluate(decoration) == "line-through"
    assert tab.locator(".pairs-of-text ins").evaluate(decoration) == "underline"
    assert "1 h 30 après" in re.sub(r"\s", " ", tab.inner_text("table"))


def test_a_coarse_date_gives_an_interval_of_lags(visit, single):
    tab = visit(single, f"/source/{_quoted(HOSTILE_ID)}")
    row = tab.locator("tr", has_text="Le Phare").first.inner_text()
    assert re.search(r"entre .* avant et .* après", row)


def test_merged_paragraphs_stand_beside_both_that_they_came_from(visit, single):
    tab = visit(single, "/compare/afp-0310-01/leman-0310-a")
    tab.wait_for_selector(".pairs-of-text")
    rows = tab.locator(".pairs-of-text .pair")
    lefts = [text for text in rows.locator(".left").all_inner_texts() if text.strip().count("\n") >= 1]
    assert lefts, "no row of this merged article holds two paragraphs of the dispatch"


def test_every_word_of_an_article_bears_its_class(visit, single, chunked):
    tab = visit(single, "/article/fanal-0310-a")
    article = records(chunked, "article")["fanal-0310-a"]
    lines = tab.locator(".painted .words").all_inner_texts()
    assert len(lines) == len(article["paragraphs"])
    painted = "".join(tab.locator(".painted .words > *:not(.role)").all_text_contents())
    assert painted == "".join(line[2] for line in article["paragraphs"])
    assert {"c-verbatim", "c-own", "c-boilerplate"} <= set(
        tab.evaluate("[...document.querySelectorAll('.painted .words > *')].map(node => node.classList[0])")
    )
    tab.click(".margin summary >> nth=0")
    assert "se trouve dans la dépêche afp-0310-01" in tab.inner_text(".margin details[open]")


def test_offsets_count_characters_even_after_an_emoji(visit, single):
    tab = visit(single, "/article/constructor")
    tab.wait_for_selector(".painted")
    assert HOSTILE in tab.inner_text(".painted")
    assert "😀 {{ 7*7 }}" in tab.inner_text(".painted")


def test_markup_in_a_text_stays_text(visit, single, chunked):
    hostile = _quoted(HOSTILE_ID)
    pages = {
        "/sources": "table.list",
        "/articles?q=gazette": "table.list",
        "/passages?q=fromagerie": "table.list",
        "/outlets": ".network svg",
        "/run": "table.small",
        "/article/constructor": "h1 span",
        "/article/__proto__": ".painted",
        f"/article/{hostile}": ".painted",
        f"/source/{hostile}": ".pairs-of-text",
        f"/compare/{hostile}/constructor": ".pairs-of-text",
    }
    for index in (single, chunked):
        tab = visit(index)
        for page, part in pages.items():
            _turn(tab, page)
            assert tab.wait_for_selector(part).is_visible()
            assert tab.locator("img").count() == 0
            assert tab.locator("a[href^='javascript']").count() == 0
            if part in ("h1 span", ".painted", ".pairs-of-text"):
                assert HOSTILE in tab.locator(part).first.inner_text()


def test_a_page_that_is_not_there_says_so(visit, single):
    tab = visit(single)
    for page in ("/nowhere", "/source/none", "/passage/none", "/article/%E0%A4%A", "/toString"):
        tab.evaluate("page => { location.hash = page }", page)
        tab.wait_for_selector("text=n’existe pas")
        tab.evaluate("location.hash = '#/'")
        tab.wait_for_selector(".cards")


def test_the_language_is_switched_and_kept(visit, single):
    tab = visit(single)
    assert tab.get_attribute("html", "lang") == "fr"
    tab.click("button[data-lang=en]")
    assert tab.get_attribute("html", "lang") == "en"
    sections = ["At a glance", "Dispatches", "Passages", "Articles", "Outlets", "The run"]
    assert tab.locator("#nav a").all_inner_texts() == sections
    assert "in a text that another outlet credits to an agency" in tab.inner_text(".lead")
    assert tab.locator(".ranking a span").first.get_attribute("lang") == "fr"
    tab.reload()
    tab.wait_for_selector("h1")
    assert tab.get_attribute("html", "lang") == "en"
    assert visit(single, locale="en-GB").get_attribute("html", "lang") == "en"


def test_no_english_word_stands_on_the_french_pages(visit, single, snapshot):
    """Words of the English catalogue that no French phrase and no field of the corpus has."""
    given = " ".join(str(value) for row in Snapshot(snapshot).table("articles").to_pylist() for value in row.values())
    foreign = english_alone(given)
    assert len(foreign) > 200
    tab = visit(single)
    found = {}
    for page in PAGES:
        _turn(tab, page)
        if here := said_on(tab) & foreign:
            found[page] = sorted(here)
    assert not found, str(found)


def test_dark_mode_follows_the_system_and_the_button(visit, single):
    def paper(tab):
        return tab.evaluate("getComputedStyle(document.documentElement).backgroundColor")

    light, dark = visit(single), visit(single, color_scheme="dark")
    shades = paper(light), paper(dark)
    assert shades[0] != shades[1]
    light.click("#theme")
    dark.click("#theme")
    assert (paper(dark), paper(light)) == shades
    assert light.get_attribute("#theme", "aria-pressed") == "true"
    light.reload()
    light.wait_for_selector("h1")
    assert paper(light) == shades[1]


def test_a_reader_with_a_keyboard_alone_gets_everywhere(visit, single):
    tab = visit(single)
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "skip"
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.id") == "main"

    def tab_to(selector: str) -> None:
        for _ in range(80):
            tab.keyboard.press("Tab")
            if tab.evaluate("selector => document.activeElement.matches(selector)", selector):
                break
        else:
            raise AssertionError(f"{selector} is not reached")
        outline = tab.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid", f"no focus is seen on {selector}"

    tab.reload()
    tab.wait_for_selector("h1")
    tab_to("#nav a[href='#/articles']")
    tab.keyboard.press("Enter")
    tab.wait_for_selector("table.list")
    assert tab.evaluate("document.activeElement.tagName") == "H1"
    tab_to("#search")
    tab.keyboard.type("savoie : valcombe")
    tab.wait_for_selector("table.list tbody:not(:has(tr:nth-child(5)))")
    tab_to("[data-sort=title]")
    tab.keyboard.press("Enter")
    assert tab.locator("th[aria-sort=ascending]").count() == 1
    tab_to("table.list tbody a")
    tab.keyboard.press("Enter")
    tab.wait_for_selector(".painted")
    tab_to(".margin summary")
    tab.keyboard.press("Enter")
    assert tab.locator(".margin details[open]").count() == 1
    tab_to(".margin a")
    tab.keyboard.press("Enter")
    tab.wait_for_selector(".pairs-of-text")


def test_a_phone_needs_no_sideways_scrolling(visit, single):
    tab = visit(single, viewport={"width": 360, "height": 740})
    widths = {}
    for page in PAGES:
        _turn(tab, page)
        widths[page] = tab.evaluate("document.documentElement.scrollWidth")
    assert max(widths.values()) <= 360, widths


def test_a_missing_chunk_is_named(visit, chunked, tmp_path):
    shutil.copy(chunked, tmp_path / "index.html")
    tab = visit(tmp_path / "index.html", "/article/constructor")
    assert "data/article-" in tab.inner_text("main")
    visit.faults.clear()  # the browser's own word about the missing file


# ------------------------------------------------------------------------------------------ asking and taking along

ASKED = (
    "outlet=La+Gazette+d%27Anvelles",
    "evidence=found&from=2025-03-11&to=2025-03-12",
    "credit=claim",
    "credit=credited_partial&agency=AFP",
    "owner=Groupe+Estran",
    "country=CH&edit=merged",
    "derivation=partially&least=20&most=90",
    "derivation=untold",
    "kind=wire",
    "kind=all&q=EBOULEMENT",
    "q=cooperative+meules",
    "q=«+chaque+semaine+quatre+»",
    "q=%22l’automne.%22",
    "q=phare+troisieme",
)


def test_a_selection_is_the_one_that_its_query_finds_in_the_tables(visit, single, snapshot, monkeypatch):
    """The law of the filters: rows on the page = rows of the CSV = rows of the DuckDB query that the page writes."""
    import duckdb

    monkeypatch.chdir(snapshot)
    tab = visit(single)
    sizes = {}
    for asked in ASKED:
        _turn(tab, f"/articles?{asked}")
        tab.wait_for_selector(".take")
        tab.wait_for_function("/^\\d/.test(document.querySelector('.count').textContent)")
        with tab.expect_download() as file:
            tab.click("[data-take=takeCsv]")
        with open(file.value.path(), encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines))
        tab.click("[data-take=takeQuery]")
        query = tab.inner_text(".query").split('"""')[1]
        assert sorted(row["article_id"] for row in rows) == sorted(
            duckdb.sql(query).to_arrow_table()["article_id"].to_pylist()
        )
        assert tab.inner_text(".count").startswith(f"{len(rows)} ")
        assert not any(
            value.startswith(("=", "+", "-", "@")) for row in rows for value in (row["title"], row["outlet"])
        )
        sizes[asked] = len(rows)
    assert all(size for asked, size in sizes.items() if asked != "derivation=untold"), sizes


def test_citations_name_outlet_title_date_and_address(visit, single):
    tab = visit(single, "/articles?q=fromagerie&outlet=Le+Phare")
    _turn(tab, "/articles?q=Troisième")
    tab.wait_for_selector("table.list")
    with tab.expect_download() as file:
        tab.click("[data-take=takeCitations]")
    line = Path(file.value.path()).read_text("utf-8").splitlines()[2]
    assert line.startswith("Le Phare, «\u00a0Troisième\u00a0», 12 mars 2025. ")
    assert "[__proto__]" in line


def test_every_number_leads_to_the_articles_it_counts(visit, single):
    tab = visit(single)
    numbers = []
    for page, part in (
        ("/", ".timeline"),
        ("/?by=agency", ".timeline"),
        ("/outlets", ".network"),
        ("/sources", ".list"),
    ):
        _turn(tab, page)
        tab.wait_for_selector(f"{part} a[href*='articles?']", state="attached")
        found = tab.eval_on_selector_all(
            "figure td a[href*='articles?'], .list td a[href*='articles?']",
            "links => links.map(link => [link.getAttribute('href').slice(1), link.textContent])",
        )
        found = [(address, int(text)) for address, text in found if text.isdecimal()]
        numbers += found[:: max(1, len(found) // 5)]
    assert len(numbers) > 15
    for address, number in numbers:
        _turn(tab, address)
        tab.wait_for_function("/^\\d/.test(document.querySelector('.count').textContent)")
        assert tab.inner_text(".count").split()[0] == str(number), address


def test_each_question_of_a_newcomer_is_answered_in_at_most_three_clicks(visit, single):
    """As docs/report.md counts them: a choice in a menu is a click."""
    tab = visit(single)
    tab.click(".cards a[href*='credit=claim']")
    tab.select_option("select[name=outlet]", "Actu-Hexagone")
    tab.wait_for_selector(".chips:has(li:nth-child(2))")
    assert tab.locator("table.list tbody tr").count() > 0
    _turn(tab, "/")
    tab.click(".ranking a >> nth=0")
    tab.wait_for_selector(".pairs-of-text")
    tab.wait_for_selector("figure svg")
    _turn(tab, "/")
    tab.click("#nav a[href='#/outlets']")
    tab.click("[data-network=own]")
    tab.click(".network details summary")
    assert tab.locator(".network td a").count() > 0


def test_each_persona_has_a_true_answer_in_the_clicks_that_its_tutorial_counts(visit, single, snapshot):
    tables, began = Snapshot(snapshot), time.perf_counter()
    tab = visit(single, locale="en-GB")  # a study: how original is each outlet?
    tab.click("#nav a[href='#/outlets']")
    rows = tab.locator("table.list tbody tr").all_inner_texts()
    for row in tables.table("outlets").to_pylist():
        said = f"{100 * row['originality_rate'] + 1e-9:.0f}%" if row["originality_rate"] is not None else "–"
        assert any(row["outlet"] in text and said in text for text in rows), row["outlet"]
    tab.click("table.list tbody a[href*='/articles?'] >> nth=0")
    tab.click("table.list tbody a[href*='/article/'] >> nth=0")
    tab.wait_for_selector(".words")
    _turn(tab, "/")  # a newsroom: what went out without credit?
    known = tables.table("article_provenance").to_pylist()
    silent = {row["title"] for row in known if is_silent(row)}
    tab.click(".cards a[href*='credit=claim']")
    tab.wait_for_selector("table.list tbody tr")
    assert tab.inner_text(".count").startswith(f"{len([row for row in known if is_silent(row)])} ")
    assert tab.locator("table.list tbody a[href*='/article/']").first.inner_text() in silent
    _turn(tab, "/")  # an agency: who carried the dispatch?
    tab.click("#nav a[href='#/sources']")
    tab.click("table.list tbody a[href*='/source/'] >> nth=0")
    tab.wait_for_selector("figure svg")
    most = max(row["n_outlets"] for row in tables.table("wire_pickup").to_pylist())
    assert f"{most} " in tab.inner_text(".title")
    tab.click("button:has-text('Compare') >> nth=0")
    tab.wait_for_selector(".pairs-of-text")
    assert time.perf_counter() - began < 60


def is_silent(row: dict) -> bool:
    """Whether a row of ARTICLE_PROVENANCE is found without credit, said in plain Python."""
    return (
        not row["is_wire"]
        and row["evidence"] in ("dispatch", "attested")
        and row["share_found"] >= CLAIMED
        and row["agency"] is not None
        and row["credit_status"] not in ("credited_full", "credited_partial", "in_text_only")
    )


def test_a_first_answer_in_python_has_three_lines_in_each_tutorial():
    for page in (ROOT / "docs").glob("tutorial-*.md"):
        block = re.search(r"three lines:\n\n```python\n(.*?)```", page.read_text("utf-8"), re.S)[1]
        assert len(ast.parse(block).body) == 3, page.name


def test_what_is_asked_is_shown_and_can_be_taken_away(visit, single):
    tab = visit(single, "/articles?evidence=found&agency=AFP&edit=merged")
    tab.wait_for_selector(".chips")
    assert tab.locator(".chips li").count() == 3
    assert tab.locator("details.more").get_attribute("open") is not None
    tab.click("[data-drop=evidence]")
    tab.wait_for_selector(".chips:not(:has(li:nth-child(3)))")
    assert "evidence" not in tab.url and "edit=merged" in tab.url
    tab.select_option("select[name=evidence]", "attested")
    tab.wait_for_selector(".chips:has(li:nth-child(3))")
    assert "evidence=attested" in tab.url


def test_a_reader_moves_the_threshold_of_what_is_carried(visit, single, chunked):
    carriers = records(chunked, "source")["afp-0310-01"]["carriers"]
    most = max(carriers, key=lambda row: row["share"] * row["n_words"])
    tab = visit(single, "/source/afp-0310-01")
    tab.wait_for_selector(".pairs-of-text")
    assert tab.locator("[data-compare][aria-pressed=true]").get_attribute("data-compare") == most["id"]
    tab.fill("input[name=kept]", "80")
    tab.keyboard.press("Tab")
    kept = [row["id"] for row in carriers if row["kept"] >= 0.8]
    assert 0 < len(kept) < len(carriers)
    tab.wait_for_selector(f".count:has-text('{len(kept)} ')")
    assert "kept=80" in tab.url
    _turn(tab, "/sources?kept=80&kind=all")
    row = tab.locator("table.list tbody tr", has=tab.locator("a[href='#/source/afp-0310-01']"))
    assert row.locator("td").nth(4).inner_text() == str(len(set(kept)))
    assert tab.input_value("input[name=kept]") == "80"


def test_bars_of_the_timeline_lead_to_their_articles(visit, single):
    tab = visit(single)
    tab.wait_for_selector(".m-bar .go, .go .m-bar, .chart .go")
    tab.click("[data-timeline='by=agency']")
    assert "by=agency" in tab.url
    tab.wait_for_selector(".timeline .legend:has-text('Reuters')")
    tab.locator(".timeline .chart .go").first.click()
    tab.wait_for_selector("table.list")
    assert "from=2025-03-" in tab.url


def test_one_stray_date_does_not_flatten_the_timeline(visit, single):
    program = files.asset("pictures.js")
    bulk = (
        re.search(r"^const BULK.*?;", program, re.M)[0] + re.search(r"^function bulkOf.*?^}", program, re.M | re.S)[0]
    )
    tab = visit(single)
    days = [[f"2018-11-{day:02}", None, "none", 20] for day in range(1, 21)]
    for timeline, expected in (
        ([["2008-10-19", None, "none", 1], *days], ("2018-11-01", "2018-11-20", 1)),
        (days, ("2018-11-01", "2018-11-20", 0)),
        (days[:1], ("2018-11-01", "2018-11-01", 0)),
    ):
        found = tab.evaluate(f"timeline => {{ {bulk} return bulkOf(timeline) }}", timeline)
        assert (found["first"], found["last"], found["outside"]) == expected


def test_the_balance_of_an_article_is_the_sum_of_its_evidence(visit, single, chunked, snapshot):
    told = {row["article_id"]: row for row in disk.read_table(snapshot / "agency_evidence.parquet").to_pylist()}
    model = evidence.load_model()
    names = list(evidence.ARTICLE_EVIDENCE)
    for key in ("anvelles-0311-a", "fanal-0310-a"):
        kind, weights = records(chunked, "article")[key]["weights"]
        odds = model.article[schemas.DERIVATIONS.index(kind)] - model.article[2]
        expected = odds[0] + odds[1:] @ np.array([told[key][name] for name in names])
        assert sum(bits for _, _, bits in weights) == pytest.approx(expected / np.log(2), abs=0.1)
    tab = visit(single, "/article/anvelles-0311-a")
    tab.wait_for_selector("figure svg")
    assert tab.locator("figure table tbody tr").count() == len(names) + 2
    assert re.search(r"\d+\s%.*Estimé.*\d+\s%.*\d+ points", tab.inner_text(".verdict"), re.S)
    said = tab.locator("figure figcaption, figure + .note, figure .note").all_inner_texts()
    total = sum(bits for _, _, bits in records(chunked, "article")["anvelles-0311-a"]["weights"][1])
    assert total > 10 and any("plus de 1 000 fois plus probable" in re.sub(r"\s", " ", text) for text in said)
    assert any("La reprise dite plus haut («\xa0en partie\xa0»)" in text for text in said), "the bounds were stricter"


def test_the_library_of_the_charts_is_what_its_sources_build(tmp_path):
    ui, built = ROOT / "ui", files.ASSETS / files.CHARTS
    assert not re.search(rb"\beval\(|new Function\b", built.read_bytes()), "the policy of the pages allows none"
    builder = ui / "node_modules" / ".bin" / "esbuild"
    if not builder.exists():
        pytest.skip("ui/node_modules is not there (make ui)")
    command = json.loads((ui / "package.json").read_text("utf-8"))["scripts"]["build"].split(" && ")[0]
    options = [option for option in command.split()[1:] if not option.startswith("--outfile")]
    subprocess.run([builder, *options, f"--outfile={tmp_path / files.CHARTS}"], cwd=ui, check=True, capture_output=True)
    assert (tmp_path / files.CHARTS).read_bytes() == built.read_bytes()


def test_every_piece_of_evidence_has_its_words():
    said = re.search(r"  weight: \{(.*?)\n  \},", files.asset("words.js"), re.S)[1]
    assert set(re.findall(r"(\w+): \[", said)) == {"start", *evidence.ARTICLE_EVIDENCE}


def test_a_day_is_shown_as_a_day(visit, single):
    tab = visit(single)
    for page in (
        "/article/__proto__",
        f"/source/{_quoted(HOSTILE_ID)}",
        "/articles?q=Troisième",
        "/passages?q=fromagerie",
    ):
        _turn(tab, page)
        assert "12 mars 2025" in tab.inner_text("main")
        assert "00:00" not in tab.inner_text("main")


def test_on_paper_the_controls_are_gone(visit, single):
    tab = visit(single, "/articles?evidence=found")
    tab.wait_for_selector("table.list")
    tab.emulate_media(media="print")
    for part in ("nav#nav", ".filters", ".take", ".chips"):
        assert not tab.locator(part).first.is_visible()
    assert tab.locator("table.list").is_visible()


def test_a_picture_without_its_library_shows_its_table(visit, single, tmp_path):
    shutil.copy(single, tmp_path / "index.html")
    tab = visit(tmp_path / "index.html")
    tab.wait_for_selector(".timeline figure details[open] table")
    assert "assets/charts.min.js" in tab.inner_text(".timeline .chart")
    visit.faults.clear()  # the browser's own word about the missing file


@pytest.fixture(scope="module")
def large(tmp_path_factory) -> Path:
    """The report of 100,000 articles of 300 outlets that share nothing."""
    folder = tmp_path_factory.mktemp("large")
    n = 100_000
    numbers = np.arange(n)
    ids = pa.array([f"article-{number:06d}" for number in numbers])
    outlet = pa.array([f"Gazette {number % 300}" for number in numbers])
    known = {
        "article_id": ids,
        "outlet": outlet,
        "n_words": numbers % 900,
        "is_wire": numbers % 100 == 0,
        "title": pa.array([f"Titre de l'article {number}" for number in numbers]),
        "published_at": pa.array(1_741_600_000_000_000 + numbers * 1_000_000, pa.int64()),
        "date_precision": pa.array(["second"] * n),
        "share_own": np.ones(n),
        "share_estimated": (numbers % 100) / 100,
        "derivation": pa.array(["partially"] * n),
        "credit_status": pa.array(["none"] * n),
        "agency": pa.array(["AFP"] * n),
    }
    for name in ("articles", "article_provenance"):
        schema = schemas.TABLES[name]
        columns = [pa.array(known.get(field.name, pa.nulls(n))).cast(field.type) for field in schema]
        disk.write_table(folder / f"{name}.parquet", pa.Table.from_arrays(columns, schema=schema))
    names = pc.unique(outlet)
    columns = [names if field.name == "outlet" else pa.nulls(len(names), field.type) for field in schemas.OUTLETS]
    disk.write_table(folder / "outlets.parquet", pa.Table.from_arrays(columns, schema=schemas.OUTLETS))
    return report.write(folder, folder / "report")


def test_a_report_of_100_000_articles_opens_in_two_seconds(visit, large):
    tab = visit(large)
    for page, shown in (("/", ".cards"), ("/articles", "table.list tbody tr")):
        seconds = []
        for _ in range(3):  # the best of three: other programs run on this machine too
            tab.goto("about:blank")
            began = time.perf_counter()
            tab.goto(f"{large.as_uri()}#{page}")
            tab.wait_for_selector(shown)
            seconds.append(time.perf_counter() - began)
        assert min(seconds) < 2, (page, seconds)
    assert "100\u202f000" in tab.inner_text("main") or "50\u202f000" in tab.inner_text("main")


def test_many_outlets_are_searched(visit, large):
    tab = visit(large, "/outlets")
    assert tab.locator("table.list tbody tr").count() == 100
    tab.fill("#search", "gazétte 299")
    tab.wait_for_selector("table.list tbody:not(:has(tr:nth-child(2)))")
    assert "Gazette 299" in tab.inner_text("table.list tbody")
    assert "q=" in tab.url


def test_axe_finds_no_fault(visit, single):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed").Axe()
    faults = []
    for theme, width, pages in (("light", 1280, PAGES), ("dark", 390, PAGES[::3])):
        tab = visit(single, color_scheme=theme, bypass_csp=True, viewport={"width": width, "height": 900})
        for page in pages:
            _turn(tab, page)
            found = axe.run(tab, options={"resultTypes": ["violations"]}).response["violations"]
            faults += [(page, theme, fault["id"], fault["nodes"][0]["html"]) for fault in found]
    assert not faults


def _turn(tab, page: str) -> None:
    """Go to a page of the report that is open, and wait until it stands."""
    tab.evaluate(
        """page => new Promise(done => {
            new MutationObserver((_, watch) => { watch.disconnect(); setTimeout(done, 60); })
                .observe(document.getElementById("main"), { childList: true });
            location.hash = page + (location.hash === "#" + page ? "?" : "");
        })""",
        page,
    )


def _quoted(text: str) -> str:
    from urllib.parse import quote

    return quote(text, safe="")
