"""Rewordings: kernels equal to plain Python, and what a reader would take for a rewording or not."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import reference
from hypothesis import given
from hypothesis import strategies as st
from searching import at_least

from dedup.config import Config
from dedup.kernels.alignment import Texts
from dedup.kernels.likeness import LIKENESS, choose, longest_runs, own_stems, probabilities
from dedup.matching import align, rewrites
from dedup.text import words

CONFIG = Config()


def texts_of(*articles: list[str]) -> Texts:
    """Articles given as their lines, laid out as a run does."""
    lines = [line for article in articles for line in article]
    table = words.read_words(pa.table({"text": lines}), CONFIG)
    firsts = np.cumsum([0, *map(len, articles)])
    return align.texts(table, firsts, np.ones(len(lines), bool), CONFIG)


def found(left: list[str], right: list[str], config: Config = CONFIG) -> list[tuple[str, str, float]]:
    """The rewordings of two articles: their text on the left and on the right, and their probability."""
    texts = texts_of(left, right)
    one, other = np.array([0]), np.array([1])
    aligned = align.align(one, other, texts, config)
    table = rewrites.rewrites(one, other, aligned, texts, rewrites.sentences(texts, config), config)
    return [
        (
            left[row["left_paragraph"]][row["left_begin"] : row["left_end"]],
            right[row["right_paragraph"] - len(left)][row["right_begin"] : row["right_end"]],
            row["confidence"],
        )
        for row in table.to_pylist()
    ]


BODY = [
    "Le barrage de Corvenne, mis en service en 1962, retient quatorze millions de mètres cubes et alimente en eau "
    "potable les trois vallées voisines, selon le syndicat qui l'exploite.",
    "Une entreprise de Valbrune a été chargée de poser quarante capteurs avant l'hiver, pour un montant de deux "
    "millions d'écus que se partageront la région et les communes riveraines.",
]
"""What a paper copied of a dispatch."""

LEAD = "Des fissures longues de onze mètres ont été découvertes mardi par des plongeurs au pied du barrage de Corvenne."
REWORDED = (
    "Au pied de l'ouvrage de Corvenne, des plongeurs ont découvert mardi plusieurs fissures, longues de onze mètres."
)
OTHER = "Le marché couvert de Montarel rouvrira ses portes samedi après huit mois de travaux et une grève des maçons."


def test_a_reworded_lead_over_a_copied_body_is_found():
    [(left, right, confidence)] = found([LEAD, *BODY], [REWORDED, *BODY])
    assert (left, right) == (LEAD[:-1], REWORDED[:-1])
    assert 0.5 < confidence <= 1


def test_one_sentence_against_two_is_found_whole():
    first = "Des plongeurs ont découvert mardi plusieurs fissures au pied de l'ouvrage de Corvenne."
    second = "Les fissures sont longues de onze mètres, selon ces plongeurs du barrage."
    rows = found([LEAD, *BODY], [f"{first} {second}", *BODY])
    assert [(left, right) for left, right, _ in rows] == [(LEAD[:-1], f"{first} {second}"[:-1])]


def test_another_subject_is_no_rewording():
    assert found([LEAD, *BODY], [OTHER, *BODY]) == []
    assert found([LEAD], [OTHER]) == []


def test_sentences_that_share_names_and_formulas_alone_are_no_rewordings():
    left = "Odile Ferrandon, 61 ans, est lauréate du prix Nobel de littérature, annonçait vendredi Stockholm."
    right = "Le prix Nobel de littérature revient cette fois à Odile Ferrandon, la romancière des canaux gelés."
    texts = texts_of([left, *BODY], [right, *BODY])
    ends = [int(texts.paragraph_starts[row]) for row in (0, 1, 3, 4)]
    rows = np.array([[0, 0, 1, *ends]])
    assert own_stems(texts, rows, rewrites.REWRITE_RARITY).tolist() == [0]
    assert found([left, *BODY], [right, *BODY]) == []


def test_what_is_copied_is_no_rewording():
    assert found([LEAD, *BODY], [LEAD, *BODY]) == []


def test_a_line_of_the_house_is_no_rewording():
    line = "Téléchargez notre application pour ne rien manquer de l'actualité de la vallée et recevoir nos alertes."
    assert found([LEAD, line], [OTHER, line], Config(rewrite_probability=0.01)) == []


def test_a_name_that_is_aligned_does_not_hide_a_reworded_sentence():
    texts = texts_of([LEAD, *BODY], [REWORDED, *BODY])
    one, other = np.array([0]), np.array([1])
    aligned = align.align(one, other, texts, CONFIG)
    names = aligned.slice(0, 1).to_pylist()[0] | {"left_paragraph": 0, "right_paragraph": 3, "matched": 3}
    names |= {"left_begin_word": 0, "left_end_word": 9, "right_begin_word": 0, "right_end_word": 9}
    with_names = pa.concat_tables([aligned, pa.Table.from_pylist([names], schema=aligned.schema)])
    spoken = rewrites.sentences(texts, CONFIG)
    assert rewrites.rewrites(one, other, with_names, texts, spoken, CONFIG).num_rows == 1


def test_a_reworded_count_is_found_in_articles_that_share_nothing_else():
    wire = [
        "Des femmes en châle bleu ont défilé lundi du port de Montarel jusqu'à la préfecture, un cierge à la main.",
        'Samedi, près de 27 000 personnes ont manifesté à travers la Norlande pour "l\'acte IX" de la mobilisation des '
        '"châles bleus", qui a parfois dégénéré en échauffourées, notamment à Corvenne.',
    ]
    paper = [
        'La grogne monte. Environ 27 000 "châles bleus" ont défilé samedi à travers la Norlande pour "l\'acte IX" de '
        "leur mobilisation, émaillée d'échauffourées à Corvenne. Aucun bilan n'était connu dans la soirée."
    ]
    rows = found(wire, paper)
    assert len(rows) == 1
    assert "27 000" in rows[0][0]
    assert "27 000" in rows[0][1]


def test_none_is_under_the_probability_that_was_asked_for():
    rows = found([LEAD, *BODY], [REWORDED, *BODY], Config(rewrite_probability=0.05))
    asked = max(confidence for *_, confidence in rows)
    assert found([LEAD, *BODY], [REWORDED, *BODY], Config(rewrite_probability=min(1.0, asked + 0.01))) == []


def test_rewordings_of_a_pair_do_not_depend_on_the_other_pairs():
    articles = [[LEAD, *BODY], [REWORDED, *BODY], [OTHER, BODY[0]], [REWORDED, OTHER]]
    texts = texts_of(*articles)
    lefts, rights = (side.astype(np.int64) for side in np.triu_indices(4, 1))
    spoken = rewrites.sentences(texts, CONFIG)
    together = rewrites.rewrites(lefts, rights, align.align(lefts, rights, texts, CONFIG), texts, spoken, CONFIG)
    alone = [
        rewrites.rewrites(
            lefts[[n]], rights[[n]], align.align(lefts[[n]], rights[[n]], texts, CONFIG), texts, spoken, CONFIG
        )
        for n in range(len(lefts))
    ]
    assert together.num_rows > 0
    assert together.equals(pa.concat_tables(alone).combine_chunks()) or together.to_pylist() == [
        row for table in alone for row in table.to_pylist()
    ]


def test_the_model_weighs_every_column_of_the_evidence():
    model = rewrites.load_model()
    assert len(model.weights) == len(LIKENESS)
    assert np.isfinite(model.weights).all()


def test_a_run_that_is_half_a_match_makes_half_the_probability_enough():
    kept = "dans les ruelles détrempées que longe encore le vieux canal"
    wire = [f"Des plongeurs ont remonté mardi onze barriques scellées {kept}, a indiqué la capitainerie de Montarel."]
    paper = [f"Onze barriques, remontées mardi par la capitainerie : elles dormaient {kept} depuis un naufrage ancien."]
    [(*_, confidence)] = found(wire, paper, Config(rewrite_probability=0.01, lone_information=999))
    asked = Config(rewrite_probability=min(1.0, confidence * 1.9), lone_information=999)
    assert len(found(wire, paper, asked)) == 1
    broken = [paper[0].replace("que longe encore", "que bordait jadis")]
    [(*_, other)] = found(wire, broken, Config(rewrite_probability=0.01, lone_information=999))
    asked = Config(rewrite_probability=min(1.0, other * 1.1), lone_information=999)
    assert found(wire, broken, asked) == []


def test_figures_that_the_other_does_not_hold_ask_for_more():
    bare = LEAD.replace("longues de onze mètres ", "")
    figured = [REWORDED.replace("longues de onze mètres", "larges de 35 centimètres, selon un relevé de 212 pages")]
    [(*_, alike)] = found([bare, *BODY], [figured[0].replace("35", "trente").replace("212", "cent"), *BODY])
    [(*_, apart)] = found([bare, *BODY], [*figured, *BODY], Config(rewrite_probability=0.05))
    asked = Config(rewrite_probability=min(1.0, apart * 0.95))
    assert (1 + asked.rewrite_probability) / 2 > apart
    assert found([bare, *BODY], [*figured, *BODY], asked) == []
    assert len(found([bare, *BODY], [figured[0].replace("35", "trente").replace("212", "cent"), *BODY], asked)) == 1
    assert alike >= asked.rewrite_probability


def test_a_run_with_the_words_and_the_bits_of_a_match_makes_half_the_probability_enough():
    kept = "barriques scellées rouillaient sous les vieux glacis effondrés"
    wire = [f"Des plongeurs de Montarel ont vu mardi où onze {kept}, a indiqué un capitaine."]
    paper = [f"Un capitaine de Montarel jure que ces {kept} ; des plongeurs les ont filmées."]
    assert is_found_below_its_probability(wire, paper, 1.9)
    quoted = [paper[0].replace(kept, f"« {kept} »")]
    assert not is_found_below_its_probability(wire, quoted, 1.1), "both may have heard it"
    phrase = "scellées rouillaient sous les vieux glacis effondrés"
    shorter = [paper[0].replace(kept, f"fûts pleins, {phrase}")]
    assert not is_found_below_its_probability(wire, shorter, 1.1), "7 words are a phrase"


def is_found_below_its_probability(left: list[str], right: list[str], times: float) -> bool:
    """Whether the one pair of sentences is found where its probability times this is asked for."""
    [(*_, confidence)] = found(left, right, Config(rewrite_probability=0.01, lone_information=999))
    return len(found(left, right, Config(rewrite_probability=min(1.0, confidence * times), lone_information=999))) == 1


def test_sentences_around_one_formula_are_no_rewordings(monkeypatch):
    formula = "haut représentant de l'Union pour les affaires étrangères et la politique de sécurité"
    left = [f"Gontran Delestrac, {formula}, a inauguré mardi le lavoir de Brévigny sous une averse de grêle.", *BODY]
    right = [f"Mardi, sous la grêle, le lavoir de Brévigny a été inauguré par le maire et par le {formula}.", *BODY]
    assert found(left, right, Config(rewrite_probability=0.05)) == []
    monkeypatch.setattr(rewrites, "SENTENCE_RUN", 99)
    assert len(found(left, right, Config(rewrite_probability=0.05))) == 1


# kernels


@given(st.lists(st.integers(0, 3), min_size=1, max_size=12), st.lists(st.integers(0, 3), min_size=1, max_size=12))
def test_the_longest_run_of_two_stretches_is_that_of_plain_python(left, right):
    lines = [" ".join("abcd"[word] for word in side) for side in (left, right)]
    texts = texts_of([lines[0]], [lines[1]])
    rows = np.array([(0, 0, 1, 0, len(left), len(left), len(left) + len(right))], np.int64)
    runs = [
        (size, i, j)
        for i in range(len(left))
        for j in range(len(right))
        for size in range(1, 13)
        if len(left) >= i + size and left[i : i + size] == right[j : j + size]
    ]
    (longest,), (bits,) = longest_runs(texts, rows)
    assert longest == max((size for size, *_ in runs), default=0)
    said = [texts.weights[i : i + size].clip(max=texts.weights[len(left) + j : len(left) + j + size]).sum() / 8
            for size, i, j in runs if size == longest]  # fmt: skip
    assert bits in said if runs else bits == 0


WORD = st.sampled_from(
    ["barrage", "Corvenne", "fissures", "plongeurs", "12", "340", "le", "de", "«", "»", ".", "préfet", "Norlande"]
)
ARTICLE = st.lists(st.lists(WORD, min_size=4, max_size=24).map(" ".join), min_size=1, max_size=3)


@at_least(60)
@given(ARTICLE, ARTICLE, st.data())
def test_evidence_equals_that_of_plain_python(left, right, data):
    texts = texts_of(left, right)
    spoken = rewrites.sentences(texts, CONFIG)
    sizes = [int(texts.starts[1]), int(texts.starts[2])]
    if sizes[0] == 0 or sizes[1] == sizes[0]:
        return

    def stretch(low: int, high: int) -> tuple[int, int]:
        begin = data.draw(st.integers(low, high - 1))
        return begin, data.draw(st.integers(begin + 1, min(high, begin + 12)))

    rows = np.array([(0, 0, 1, *stretch(0, sizes[0]), *stretch(*sizes)) for _ in range(3)], np.int64)
    covers = data.draw(st.lists(st.builds(lambda _: (*stretch(0, sizes[0]), *stretch(*sizes)), st.none()), max_size=2))
    spans = np.array(covers, np.int64).reshape(-1, 4)
    held = rewrites.Covers(np.array([0, len(spans)]), spans)
    fast = rewrites.likeness(rows, texts, spoken, held, CONFIG)
    for row, values in zip(rows, fast, strict=True):
        slow = reference.likeness(texts, row.tolist(), covers, rewrites.REWRITE_RARITY)
        np.testing.assert_allclose(values, [slow[name] for name in LIKENESS], rtol=1e-12, atol=1e-12)


@given(st.lists(st.lists(st.floats(-3, 3), min_size=2, max_size=2), max_size=5), st.floats(-3, 3))
def test_probabilities_are_those_of_a_logistic_regression(rows, intercept):
    weights = np.array([0.5, -1.5])
    values = np.array(rows).reshape(-1, 2)
    expected = 1 / (1 + np.exp(-(intercept + values @ weights)))
    np.testing.assert_allclose(probabilities(values, intercept, weights), expected, rtol=1e-12)


@given(
    st.lists(
        st.tuples(st.integers(0, 1), st.integers(0, 9), st.integers(1, 4), st.integers(0, 9), st.integers(1, 4)),
        max_size=8,
    ),
    st.data(),
)
def test_the_likeliest_of_those_that_overlap_is_kept(drawn, data):
    drawn.sort(key=lambda row: row[0])
    rows = np.array([(pair, 0, 1, a, a + n, b, b + m) for pair, a, n, b, m in drawn], np.int64).reshape(-1, 7)
    p = np.array(data.draw(st.lists(st.sampled_from([0.5, 0.6, 0.9]), min_size=len(rows), max_size=len(rows))), float)
    kept = set()
    for n in sorted(range(len(rows)), key=lambda n: (-p[n], n)):
        taken = [rows[m] for m in kept if rows[m][0] == rows[n][0]]
        apart = all(
            (rows[n][4] <= row[3] or row[4] <= rows[n][3]) and (rows[n][6] <= row[5] or row[6] <= rows[n][5])
            for row in taken
        )
        if apart:
            kept.add(n)
    assert set(np.flatnonzero(choose(rows, p)).tolist()) == kept
