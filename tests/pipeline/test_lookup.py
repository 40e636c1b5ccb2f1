"""Looking up one text: the index of the store, what is found, how it is shown."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from runs import prose, run, run_articles, write_lines
from typer.testing import CliRunner

from dedup.config import Config
from dedup.intake import encodings, pages
from dedup.intake.single import article_of
from dedup.matching import index, shingle, sketch
from dedup.matching.sketch import permutations
from dedup.pipeline import lookup
from dedup.pipeline.answer import Checked
from dedup.pipeline.difference import difference
from dedup.store import disk
from dedup.surfaces import cli, show
from dedup.text import words

FIRST, SECOND = prose(1, 60), prose(2, 50)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """A dispatch of two paragraphs, an outlet that carries one of them, and forty articles of others."""
    others = [
        {"id": f"o{number}", "text": prose(100 + number, 80), "outlet": f"Gazette {number}"} for number in range(40)
    ]
    return run_articles(
        tmp_path_factory.mktemp("check"),
        {
            "id": "wire",
            "text": f"{FIRST}\n{SECOND}",
            "is_wire": True,
            "title": "La dépêche",
            "wire_timestamp": "2025-03-06T08:00:00",
        },
        {
            "id": "copy",
            "text": f"{SECOND}\n{prose(3, 40)}\n(AFP)",
            "outlet": "Le Phare",
            "url": "https://phare.test/1",
            "published_at": "2025-03-06T09:00:00Z",
        },
        *others,
    )


@pytest.fixture(scope="module")
def checker(corpus) -> lookup.Checker:
    return lookup.Checker(corpus.out)


def test_a_copied_passage_is_traced_to_the_dispatch_with_its_place_and_agency(checker):
    text = f"{prose(7, 30)}\n{FIRST}"
    found = checker.check(text)
    assert [(passage.paragraph, passage.kind) for passage in found.passages] == [(1, "verbatim")]
    passage = found.passages[0]
    source = passage.sources[0]
    assert (source.article_id, source.is_wire, source.agency, source.paragraph) == ("wire", True, "AFP", 0)
    assert FIRST[source.begin : source.end] == text.split("\n")[1][passage.begin : passage.end]
    assert found.agency == "AFP"
    assert found.known_words == passage.n_words == 60
    assert found.n_words == 90
    assert found.share_known == pytest.approx(60 / 90)
    assert found.credit_status == "none"
    assert found.evidence == passage.evidence == "dispatch"
    assert found.share_found == found.share_known
    assert "67 % of its words are in passages of the dispatch “La dépêche” (AFP)" in found.reasons


def test_the_dispatch_comes_before_its_carriers_and_both_are_counted(checker):
    passage = checker.check(SECOND).passages[0]
    assert [source.article_id for source in passage.sources] == ["wire", "copy"]
    assert (passage.n_sources, passage.n_outlets) == (2, 1)
    assert passage.sources[1].credit_status == "credited_full"
    assert passage.cluster_id == passage.sources[1].cluster_id is not None


@pytest.fixture(scope="module")
def credited(tmp_path_factory) -> lookup.Checker:
    """Three articles of their own, one of them "avec AFP", one that cites Reuters inside, one without a word of it."""
    return lookup.Checker(
        run_articles(
            tmp_path_factory.mktemp("credited"),
            {"id": "with", "text": f"Par Le Phare avec AFP\n{prose(11, 60)}\n{prose(12, 40)}", "outlet": "Le Phare"},
            {"id": "cites", "text": f"{prose(13, 60)}\nSelon Reuters, {prose(14, 30)}", "outlet": "La Rive"},
            {"id": "silent", "text": f"{prose(15, 60)}\n{prose(16, 30)}", "outlet": "Le Cap"},
        ).out
    )


def test_a_text_that_stands_in_an_article_with_credit_is_attested_and_says_by_whom(credited):
    found = credited.check(f"{prose(21, 20)}\n{prose(11, 60)}")
    assert (found.evidence, found.agency, found.credit_status) == ("attested", "AFP", "none")
    assert (found.passages[0].evidence, found.passages[0].witness) == ("attested", "with")
    assert found.share_found == pytest.approx(60 / 80)
    assert "75 % of its words stand in with, which is credited to AFP" in found.reasons
    assert "75 % of its words are in passages that one outlet prints, but no dispatch" in found.reasons


@pytest.mark.parametrize("text", [prose(13, 60), prose(15, 60)], ids=["cited elsewhere", "no word of it"])
def test_a_text_that_stands_in_an_article_without_credit_is_given_to_nobody(credited, text):
    found = credited.check(text)
    assert found.passages
    assert found.agency is None
    assert found.share_found == 0
    assert found.evidence in ("none", "suspected")


def test_the_texts_own_credit_is_a_rung_of_its_own(credited):
    found = credited.check(f"{prose(22, 50)}\n(AFP)")
    assert (found.evidence, found.agency, found.share_found) == ("credited", "AFP", 0)


def test_an_edit_is_shown_word_by_word_and_loses_nothing_of_either_side(checker):
    told = SECOND.split()
    edited = " ".join([*told[:12], "soudain", *told[12:25], *told[27:]])
    passage = checker.check(edited).passages[0]
    assert passage.kind == "edited"
    source = passage.sources[0]
    assert "".join(piece.text for piece in source.differences) == edited[source.text_begin : source.text_end]
    assert "".join(piece.source for piece in source.differences) == SECOND[source.begin : source.end]
    kinds = {piece.kind: piece for piece in source.differences}
    assert kinds["added"].text.strip() == "soudain"
    assert kinds["removed"].source.split() == told[25:27]


def test_case_accents_and_typography_are_no_difference():
    pieces = difference("L’été, « déjà » FINI", "l'ete deja fini")
    assert {piece.kind for piece in pieces} == {"same"}
    assert "".join(piece.text for piece in pieces) == "l'ete deja fini"


def test_a_text_that_stands_nowhere_says_so(checker):
    found = checker.check(prose(999, 60))
    assert found.passages == []
    assert found.share_known == 0
    assert found.reasons[0] == "no passage of it stands in an article of the store"


def test_the_credit_in_the_text_is_found_in_its_place(checker):
    found = checker.check(f"{FIRST}\n(AFP)")
    assert found.credit_status == "credited_full"
    assert [(mention.paragraph, mention.begin, mention.text) for mention in found.credits] == [(1, 1, "AFP")]
    assert "it credits AFP in full" in found.reasons


@pytest.mark.parametrize("text", ["", " \n\t", "x" * (lookup.LONGEST + 1)], ids=["empty", "blank", "endless"])
def test_a_text_that_is_empty_or_endless_is_refused(checker, text):
    with pytest.raises(lookup.TextError):
        checker.check(text)


@pytest.mark.parametrize("text", ["a", "…", "é\r\n\r\n", "\x00\x01", "mot " * 5, "😀 " * 9])
def test_an_odd_text_is_no_error(checker, text):
    assert checker.check(text).passages == []


def test_an_older_version_and_a_copy_that_is_gone_from_the_tables_are_not_shown(tmp_path):
    article = {"id": "a", "outlet": "Le Phare", "published_at": "2025-03-06T09:00:00Z"}
    kept = prose(33, 80)
    later = {**article, "text": f"{kept}\n{SECOND}", "published_at": "2025-03-06T10:00:00Z"}
    corpus = run_articles(tmp_path, {**article, "text": f"{kept}\n{FIRST}"}, later)
    checker = lookup.Checker(corpus.out)
    assert checker.check(FIRST).passages == []
    assert checker.check(SECOND).passages[0].sources[0].article_id == "a"


# The index


def _signatures(text: str, config: Config, step: int = 1) -> np.ndarray:
    paragraphs = pa.table({"text": [text]})
    windows = shingle.shingle(words.read_words(paragraphs, config), config.model_copy(update={"window_step": step}))
    return sketch.sign(windows["shingles"], config)


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_the_index_answers_as_datasketch_with_all_windows_in_memory(tmp_path, rows):
    """Built the plain way: one MinHash a window, inserted one by one into MinHashLSH."""
    from datasketch import MinHash, MinHashLSH

    config = Config(bands=index.BANDS, rows=rows, num_perm=24, min_bands=1)
    texts = [FIRST, SECOND, f"{FIRST[:150]} {prose(5, 20)}", *(prose(50 + number, 40) for number in range(20))]
    corpus = run_articles(
        tmp_path, *({"text": text} for text in texts), bands=index.BANDS, rows=rows, num_perm=24, min_bands=1
    )
    drawn = permutations(config.num_perm, config.seed)

    def minhash(values: np.ndarray) -> MinHash:
        return MinHash(seed=config.seed, hashvalues=values, permutations=drawn, scheme="affine32")

    plain = MinHashLSH(num_perm=config.num_perm, params=(config.bands, config.rows))
    for article, text in enumerate(texts):
        for window, values in enumerate(_signatures(text, config, config.window_step)):
            plain.insert((article, window), minhash(values))
    ours = index.Index(corpus.out, config)
    names = [f"a{number}" for number in range(len(texts))]
    files = ours.datasketch([names])
    for text in (FIRST, f"{prose(9, 20)} {SECOND[40:200]}", prose(60, 40), prose(7777, 40)):
        asked = _signatures(text, config)
        weights: dict[int, float] = {}
        for values in asked:
            met = {article for article, _ in plain.query(minhash(values))}
            for article in met:
                weights[article] = weights.get(article, 0) + 1 / len(met)
        hits = ours.look_up(asked)
        for values in asked:
            assert {names[article] for article, _ in plain.query(minhash(values))} == set(files.query(minhash(values)))
        assert dict(zip(hits.row.tolist(), hits.weight.tolist(), strict=True)) == pytest.approx(weights)
        assert list(hits.weight.round(9)) == sorted(hits.weight.round(9), reverse=True)


def test_a_run_adds_its_part_to_the_index_and_leaves_the_others(tmp_path):
    write_lines(tmp_path / "1.jsonl", [{"id": "a", "text": FIRST}])
    corpus = run([tmp_path / "1.jsonl"], tmp_path / "out")
    made: list[tuple[int, int]] = []
    lookup.Checker(corpus.out, lambda *counts: made.append(counts))
    before = {path.name: path.stat().st_mtime_ns for path in (corpus.out / "index").iterdir()}
    write_lines(tmp_path / "2.jsonl", [{"id": "b", "text": SECOND}])
    run([tmp_path / "2.jsonl"], tmp_path / "out")
    checker = lookup.Checker(corpus.out, lambda *counts: made.append(counts))
    after = {path.name: path.stat().st_mtime_ns for path in (corpus.out / "index").iterdir()}
    assert made == [(1, 1), (1, 1)]
    assert before.items() <= after.items()
    assert len(after) == 4
    assert [checker.check(text).passages[0].sources[0].article_id for text in (FIRST, SECOND)] == ["a", "b"]
    lookup.Checker(corpus.out, lambda *counts: made.append(counts))
    assert len(made) == 2


def test_an_index_that_is_out_of_use_is_removed(corpus):
    stale = corpus.out / "index" / "bands-gone-000000-0123456789.npy"
    for path in (corpus.out / "index").iterdir():
        path.unlink()
    disk.save_array(stale, np.zeros(1, np.uint64))
    lookup.Checker(corpus.out)
    assert not stale.exists()


# Saved pages

PAGE = """<!doctype html><html><head><title>Le Phare - site</title><meta property="og:title" content="Le port rouvre">
<script>var p = "<p>Du code qui n'est pas du texte</p>";</script></head><body><nav><p>{menu}</p></nav>
<article><h1>Le  port&nbsp;rouvre</h1><p>{first}<br>suite</p><div><p>{second}</p></div>
<aside><p>{aside}</p></aside><form><p>{form}</p></form></article><footer><p>{menu}</p></footer></body></html>"""


def test_a_saved_page_gives_the_title_and_the_paragraphs_of_its_article():
    html = PAGE.format(menu=prose(20, 40), first=FIRST, second=SECOND, aside=prose(21, 40), form=prose(22, 40))
    assert pages.is_page(html)
    assert pages.read_page(html)[:2] == ("Le port rouvre", f"{FIRST}\nsuite\n{SECOND}")


def test_a_text_that_speaks_of_html_is_no_page():
    assert not pages.is_page("La balise <html> ouvre une page.\n<p>…")
    assert not pages.is_page("3 < 4 et <b>")


def test_a_page_without_paragraphs_gives_its_long_lines():
    assert pages.read_page(f"<html><body><div>{FIRST}</div><div>Menu</div></body></html>").text.startswith(FIRST)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("é".encode(), "é"),
        (b"\xef\xbb\xbfa", "a"),
        ("é €".encode("cp1252"), "é €"),
        (b'<meta charset="iso-8859-15">\xa4', '<meta charset="iso-8859-15">€'),
        (b'<meta charset="nonsense">\xe9', '<meta charset="nonsense">é'),
    ],
)
def test_bytes_are_read_as_they_were_meant(content, expected):
    assert encodings.decode(content, pages.charset(content))[0] == expected


# What the reader sees


def test_the_command_prints_passages_sources_and_credits_without_colours_into_a_pipe(corpus, tmp_path):
    file = tmp_path / "article.txt"
    file.write_text(f"{FIRST}\n{prose(30, 20)}\n(AFP)", "utf-8")
    printed = _dedup("check", file, "--out", corpus.out).stdout
    assert printed.startswith("article.txt: 81 words, 74 % of them in 1 known passage.\n")
    assert f"[1: {FIRST.rstrip('.')}]" in printed
    assert "dispatch wire of AFP, 2025-03-06 07:00 UTC, verbatim: La dépêche" in printed
    assert "AFP (full) “AFP”, paragraph 2" in printed
    assert "\x1b" not in printed


def test_json_is_the_whole_answer_from_standard_input(corpus):
    printed = json.loads(_dedup("check", "-", "--out", corpus.out, "--json", text=FIRST).stdout)
    assert printed["passages"][0]["sources"][0]["article_id"] == "wire"
    assert Checked.model_validate(printed).known_words == 60


def test_a_page_is_written_in_the_language_asked_for_and_text_stays_text(corpus, tmp_path):
    file, html = tmp_path / "a.txt", tmp_path / "a.html"
    file.write_text(f"<script>alert(1)</script> {FIRST}", "utf-8")
    result = _dedup("check", file, "--out", corpus.out, "--html", html, "--language", "fr")
    assert result.exit_code == 0, result.stderr
    written = html.read_text("utf-8")
    assert "Passages connus" in written
    assert "la dépêche « La dépêche » (AFP)" in written
    assert "<script>" not in written
    assert "&lt;script&gt;" in written


def test_a_long_equal_stretch_is_cut_to_what_stands_beside_a_difference():
    source = " ".join(f"mot{number}" for number in range(60))
    shown = "".join(piece.text for piece in show.clipped(difference(source, source.replace("mot30 ", "ici "))))
    assert shown == " … mot24 mot25 mot26 mot27 mot28 mot29 ici mot31 mot32 mot33 mot34 mot35 mot36 … "


def test_only_addresses_of_the_web_become_links():
    assert show.safe_link("https://a.test/") == "https://a.test/"
    assert show.safe_link("javascript:alert(1)") is None
    assert show.safe_link(None) is None


@pytest.mark.parametrize(
    ("arguments", "status", "named"),
    [
        (["check", "nowhere.txt"], 2, "nowhere.txt"),
        (["check", "{file}", "--language", "de"], 2, "de"),
        (["check", "{file}", "--out", "{empty}"], 1, "dedup run"),
        (["check", "{blank}"], 1, "empty"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_with_the_way_out(arguments, status, named, corpus, tmp_path):
    places = {"file": tmp_path / "a.txt", "blank": tmp_path / "blank.txt", "empty": tmp_path / "out"}
    places["file"].write_text(FIRST, "utf-8")
    places["blank"].write_text(" \n", "utf-8")
    arguments = [argument.format(**places) for argument in arguments]
    result = _dedup(*arguments, *(() if "--out" in arguments else ("--out", corpus.out)))
    assert result.exit_code == status
    assert named in result.stderr


def _dedup(*arguments: str | Path, text: str | None = None):
    return CliRunner().invoke(cli.app, [str(argument) for argument in arguments], input=text)


@pytest.mark.parametrize(
    "head",
    [
        '<script type="application/ld+json">{"@type": "NewsArticle", "author": {"name": "AFP"}}</script>',
        '<meta name="author" content="Agence France-Presse">',
    ],
)
def test_the_authors_that_a_page_names_credit_what_is_looked_up(checker, head):
    page = f"<html><head><title>Titre</title>{head}</head><body><article><p>{prose(7)}</p><p>{prose(8)}</p></article>"
    asked = article_of(f"{page}</body></html>".encode())
    found = checker.check(asked.text, asked.title, asked.extra)
    assert (found.credit_status, found.credited_agency) == ("credited_full", "AFP")
