"""Words: the folding, the places, the flags and the rarity of every word, against plain Python."""

from __future__ import annotations

import csv
import time
import unicodedata

import numpy as np
import pyarrow as pa
import pytest
import reference
from hypothesis import example, given
from hypothesis import strategies as st

from dedup import schemas
from dedup.config import Config
from dedup.text import french, languages, words

SCARS = [
    "La réunion », dit-il. « Rien n’est joué » (…)",
    "l' »hégémonie » d’abord",
    "“Un “double” début",
    "„Ja“, dit-elle.",
    'Il a dit : "Non. Jamais. Et il est parti',
    "à 18h30.Il part! œuvre",
    "Ça\u00adva co\u0301te a\u0300 co\u0302te",
    "𝒜 😀 a😀b",
    "ﬁn ŒUVRE æther Ǆ ½ ² 1er n° 3",
    "dit : «\u202fOui\u202f» ou «\u00a0non\u00a0»",
    "a\u200bb",
    "«  »",
    "…",
]
PIECES = [
    *"aàéÉœŒßßIİıﬁ5²",
    "mot",
    "Mot",
    "l'",
    "l’",
    " ",
    "\u00a0",
    "\u202f",
    "«",
    "»",
    "“",
    "”",
    "„",
    '"',
    ".",
    "!",
    "?",
    "…",
    ",",
    "-",
    "\u00ad",
    "\u0301",
    "\u200d",
    "😀",
    "ا",
    "漢",
    "Я",
]
texts = st.text() | st.lists(st.sampled_from(PIECES), max_size=30).map("".join) | st.sampled_from(SCARS)


def table(column: pa.Array | pa.ChunkedArray | list, **settings) -> list[list[dict]]:
    """WORDS as rows of words."""
    column = pa.array(column, pa.string()) if isinstance(column, list) else column
    found = words.read_words(pa.table({"text": column}), Config(**settings))
    assert found.schema.equals(schemas.WORDS, check_metadata=True)
    rows = found.drop_columns(["lang"]).to_pylist()  # of the paragraph; the others are of its words
    return [[dict(zip(row, values, strict=True)) for values in zip(*row.values(), strict=True)] for row in rows]


def plain(text: str, fold_accents: bool = True) -> list[tuple[int, ...]]:
    """(hash, stem, begin, end, flags) of each word, the slow way."""
    return [
        (
            reference.word_hash(word.folded),
            reference.stem_hash(word.folded),
            word.begin,
            word.end,
            reference.flag_bits(word, fold_accents),
        )
        for word in reference.read_words(text, fold_accents)
    ]


def read(column, **settings) -> list[list[tuple[int, ...]]]:
    return [
        [tuple(w[name] for name in ("hash", "stem", "begin", "end", "flags")) for w in row]
        for row in table(column, **settings)
    ]


def folded(text: str) -> list[int]:
    """Hashes of a text's words, all that comparing it looks at."""
    return [word["hash"] for word in table([text])[0]]


# against plain Python


@given(st.lists(texts, max_size=4), st.booleans())
@example(SCARS, True)
@example(SCARS, False)
def test_words_equal_those_of_the_plain_reading(lines, fold_accents):
    assert read(lines, fold_accents=fold_accents) == [plain(line, fold_accents) for line in lines]


@given(st.lists(texts | st.none(), max_size=6), st.data())
def test_a_slice_reads_as_its_rows_alone_and_a_null_reads_as_empty(lines, data):
    begin = data.draw(st.integers(0, len(lines)))
    end = data.draw(st.integers(begin, len(lines)))
    expected = [plain(line or "") for line in lines[begin:end]]
    assert read(pa.array(lines, pa.string()).slice(begin, end - begin)) == expected
    assert read(pa.chunked_array([lines[:begin], lines[begin:end]], pa.string()).slice(begin)) == expected


@given(texts)
def test_a_word_stands_between_its_begin_and_its_end(line):
    for word in table([line])[0]:
        printed = line[word["begin"] : word["end"]]
        [alone] = reference.read_words(printed)
        assert reference.word_hash(alone.folded) == word["hash"]
        assert french.letter_class(printed[0]) == french.WORD
        assert all(french.letter_class(letter) != french.SEPARATOR for letter in printed)


@given(texts, st.booleans())
def test_folding_a_text_gives_the_words_that_are_hashed(line, fold_accents):
    expected = " ".join(word.folded for word in reference.read_words(line, fold_accents))
    assert french.fold(line, fold_accents).split() == expected.split()


@pytest.mark.parametrize("fold_accents", [True, False])
def test_the_look_up_tables_hold_what_folding_one_letter_gives(fold_accents):
    classes, letters = french.tables(fold_accents)
    for code in range(french.PLANE):
        kind = reference.letter_class(chr(code)) if not 0xD800 <= code < 0xE000 else french.SEPARATOR
        assert classes[code] == kind
        assert kind != french.WORD or letters[code, 0], "a word has letters"
        held = "".join(chr(letter) for letter in letters[code, : french.LONGEST] if letter)
        assert held == (french.fold_letter(chr(code), fold_accents) if kind != french.SEPARATOR else "")


# typography


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("l'Élysée", "L’ELYSEE"),
        ("l’hégémonie", "l' »hégémonie »"),
        ("cœur d'œuf", "coeur d’oeuf"),
        ("Lætitia", "LAETITIA"),
        ("la ﬁn", "la fin"),
        ("impor\u00adtant", "important"),
        ("porte\u2011parole", "porte-parole"),
        ("« non »", "“non”"),
        ("18\u00a0h\u202f30", "18 h 30"),
        ("au\u200bjourd'hui", "aujourd’hui"),
        ("STRASSE", "straße"),
        ("m²", "m2"),
        ("mot\ufe0f", "mot"),
        ("1ᵉʳ", "1er"),
        ("n’est-ce pas…", "N'EST CE PAS"),
    ],
)
def test_two_spellings_of_one_word_read_alike(one, other):
    assert folded(one) == folded(other)


@pytest.mark.parametrize(("one", "other"), [("péché", "pêcher"), ("18 h", "18h"), ("mère", "maire")])
def test_other_words_read_otherwise(one, other):
    assert folded(one) != folded(other)


@given(st.text(st.sampled_from("aeiou çéèêëàùïôœÉÀÇ’'«».-12"), max_size=40), st.booleans())
def test_composed_and_decomposed_text_read_alike(line, fold_accents):
    forms = [unicodedata.normalize(form, line) for form in ("NFC", "NFD")]
    one, other = ([(w["hash"], w["flags"]) for w in row] for row in table(forms, fold_accents=fold_accents))
    assert one == other


@pytest.mark.parametrize(
    ("line", "quoted"),
    [
        ("Il a dit « oui demain » hier.", ["oui", "demain"]),
        ("“Oui demain” hier", ["Oui", "demain"]),
        ('Le "petit train" part', ["petit", "train"]),
        ("„Ja klar“ dit-elle", ["Ja", "klar"]),
        ("« Une phrase. » Une autre.", ["Une", "phrase"]),
        ("« Jamais fermée. La suite est du journal.", ["Jamais", "fermée"]),
        ("« Un “deux” trois » quatre", ["Un", "deux", "trois"]),
        ("l' »hégémonie » d'un pays", ["hégémonie"]),
        ("aucune citation », reste", []),
    ],
)
def test_the_words_of_a_quotation_are_flagged(line, quoted):
    assert [line[w["begin"] : w["end"]] for w in table([line])[0] if w["flags"] & 1] == quoted


@pytest.mark.parametrize(
    ("line", "last"),
    [
        ("Il part. Elle reste", ["part", "reste"]),
        ("Il part.Elle reste.", ["part", "reste"]),
        ("M. dupont part à 3.5 % ... puis revient", ["3", "revient"]),
        ("Fini ! 18 communes suivent", ["Fini", "suivent"]),
        ("Bruno est là. œuvre sans majuscule", ["majuscule"]),
        ("Fini. Œuvre nouvelle. Éric vient", ["Fini", "nouvelle", "vient"]),
    ],
)
def test_a_sentence_ends_where_a_capital_or_a_figure_follows_a_full_stop(line, last):
    assert [line[w["begin"] : w["end"]] for w in table([line])[0] if w["flags"] & 2] == last


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("accusent", "accusé", True),
        ("garantira", "garantie", True),
        ("œuvre", "oeuvrer", True),
        ("oui", "ouï", True),
        ("pont", "ponte", False),
        ("mère", "maire", False),
    ],
)
def test_two_forms_of_a_word_share_their_stem(one, other, alike):
    [[first], [second]] = table([one, other])
    assert (first["stem"] == second["stem"]) == alike


# rarity


def test_the_rarity_of_a_word_is_that_of_the_commonest_listed_word_of_its_hash():
    with french.WORDS_FILE.open(encoding="utf-8", newline="") as file:
        listed = [(row["word"], float(row["bits"])) for row in csv.DictReader(file)]
    starts, (hashes, *_) = words.words_of(pa.array([word for word, _ in listed]), Config())
    assert starts.tolist() == list(range(len(listed) + 1)), "a listed word must be one word"
    bits: dict[int, float] = {}
    for word_hash, (_, value) in zip(hashes.tolist(), listed, strict=True):
        bits.setdefault(word_hash, value)
    sample = [word for word, _ in listed[:500] + listed[500::97]] + ["xyzzyx", "brumagnole", "zwölfundneunzig"]
    [row] = table([" ".join(sample)])
    assert len(row) == len(sample)
    for word in row:
        value = bits.get(word["hash"])
        assert word["rarity"] == (languages.UNKNOWN_RARITY if value is None else min(round(value * 8), 255))


# residue of scripts


residue = st.lists(
    st.sampled_from(
        [
            "un mot",
            "https://t.co/a1",
            "http://x.fr",
            "www.site.fr",
            "pic.twitter.com/abc",
            "twttr.widgets.load();",
            ".",
            " ",
            "a.b(c);",
            "é.è(c);",
            "fin.Début(deux);",
            "window.app.push(function () { x(); });",
            "(",
            ");",
            "l’été",
            "«",
        ]
    ),
    max_size=8,
).map("".join)


@given(residue)
def test_blanking_residue_moves_no_letter(line):
    blanked = words.without_residue(pa.array([line]))[0].as_py()
    assert len(blanked) == len(line)
    assert all(new in (old, " ") for new, old in zip(blanked, line, strict=True))


@given(st.lists(residue | st.none(), max_size=5))
def test_the_quick_hint_passes_over_no_residue(lines):
    column = pa.array(lines, pa.string())
    expected = [line and words._RESIDUE.sub(lambda found: " " * len(found[0]), line) for line in lines]
    assert words.without_residue(column).to_pylist() == expected


def test_addresses_are_no_words():
    [row] = read(["Voir https://exemple.fr/un-article?x=1 et www.exemple.fr ou pic.twitter.com/AbC123 ici"])
    assert [word[:1] for word in row] == [(reference.word_hash(word),) for word in ("voir", "et", "ou", "ici")]


# embedded posts

PROSE = (
    "La préfète a reçu les délégués du chantier naval, qui demandent un délai de six mois avant toute décision. " * 6
)
POST = (
    "Le carnet de commandes est vide depuis avril, et personne n'a de plan pour la suite #chantier pic.twitter.com/Ab1 "
)


@pytest.mark.parametrize(
    "signature", ["— Léa Ferrand (@leaferrand) 12 mars 2025", "– Comité (@comite_naval), 1er mars 2025"]
)
@pytest.mark.parametrize("signed_again", [False, True])
def test_a_post_printed_twice_inside_a_long_line_is_blanked(signature, signed_again):
    line = PROSE + POST + signature + " " + POST + signature * signed_again + " " + PROSE
    [blanked] = words.without_posts(pa.array([line])).to_pylist()
    assert len(blanked) == len(line)
    assert blanked.startswith(PROSE)
    assert blanked.endswith(PROSE)
    assert not blanked[len(PROSE) : -len(PROSE)].strip()


@pytest.mark.parametrize(
    "line",
    [
        POST + "— Léa Ferrand (@leaferrand) 12 mars 2025 " + POST,  # a line of its own: its role says what it is
        PROSE
        + "— Léa Ferrand (@leaferrand) 12 mars 2025 "
        + PROSE[:0]
        + "Le chantier emploie 300 personnes depuis 1962.",
        PROSE + "Écrivez à la rédaction (@redaction) avant le 12 mars 2025. " + PROSE,
    ],
)
def test_what_stands_once_is_not_blanked(line):
    assert words.without_posts(pa.array([line, None])).to_pylist() == [line, None]


# counts, sizes


@given(st.lists(texts, max_size=4))
def test_paragraphs_carry_the_counts_of_their_words(lines):
    rows = [[None, number, "body", None, line, 0, len(line), 0, 0] for number, line in enumerate(lines)]
    paragraphs = pa.Table.from_pylist(
        [dict(zip(schemas.PARAGRAPHS.names, row, strict=True)) for row in rows], schema=schemas.PARAGRAPHS
    )
    counted = words.with_counts(paragraphs, words.read_words(paragraphs, Config()))
    assert counted.schema.equals(schemas.PARAGRAPHS, check_metadata=True)
    for row, line in zip(counted.to_pylist(), lines, strict=True):
        expected = reference.read_words(line)
        assert row["n_words"] == len(expected)
        assert row["n_quoted"] == sum(word.quoted for word in expected)


@pytest.mark.parametrize("workers", [1, 2])
def test_the_number_of_threads_changes_nothing(workers):
    lines = [f"{scar} {number}" for number in range(100) for scar in SCARS]
    assert words.read_words(pa.table({"text": lines}), Config(workers=workers)).equals(
        words.read_words(pa.table({"text": lines}), Config())
    )


def test_a_paragraph_of_two_million_words_is_read_in_seconds():
    line = "« Déjà l’œuvre » 7 ! " * 400_000
    started = time.perf_counter()
    starts, columns = words.words_of(pa.array([line]), Config())
    assert time.perf_counter() - started < 10
    assert starts.tolist() == [0, 2_000_000] or starts.tolist() == [0, 4 * 400_000]
    one = np.array([w[0] for w in plain("« Déjà l’œuvre » 7 ! ")], np.uint32)
    assert (columns[0].reshape(400_000, -1) == one).all()


def test_no_rows_have_no_words():
    assert read([]) == []
    assert read(["", " ", "…"]) == [[], [], []]


def test_a_name_is_read_without_case_accents_and_ligatures_composed_or_not():
    assert french.bare("L'ŒUVRE Déçue, De\u0301jà, Straße") == "l'oeuvre decue, deja, strasse"
