"""Scars: what an agency's own formatting leaves in an article that does not name it. All texts are invented."""

from __future__ import annotations

import pyarrow as pa
import pytest
from runs import prose, run_articles

from dedup.credits.mentions import find_credits
from dedup.credits.rulefile import RulesError
from dedup.credits.rules import load_rules
from dedup.credits.scars import find_scars
from dedup.credits.status import credit_status
from dedup.schemas import ARTICLES, PARAGRAPHS
from dedup.text.segment import segment

BODY = [
    "Le conseil a voté mardi la fermeture du vieux pont.",
    "Les riverains demandent une passerelle.",
    "Rien de plus.",
]

PLUS, HOUR, GMT = "a quotation between plus signs", "a time written like 20H00", "a time in GMT"
COMPASS, HEARD = "a place explained by a point of the compass", '"a-t-on appris" without a subject'
SOURCE, DATELINE = '"de source judiciaire" or the like', "a dateline without its agency"
HEADING, NOTE, DESK = "a heading between dashes", "a note to editors", "the names of a desk"
INITIALS, SHARE = "initials of a desk", "the code of a share"


def scars(lines: list[str], rules=None) -> list[str]:
    """What an article of these lines keeps; the lines go through the segmenter, as in a run."""
    articles = pa.Table.from_pylist([{"article_id": "a", "text": "\n".join(lines)}])
    return find_scars(articles, segment(articles), rules or load_rules(None)).to_pylist()[0]


KEPT = [
    (PLUS, "« Ils crient +rendez-nous le pont+ sous nos fenêtres », a raconté un riverain."),
    (PLUS, '"Le maire parle de +progrès !+, nous de détour", a-t-elle dit.'),
    (HOUR, "La digue a cédé vers 04H30, selon les pompiers."),
    (HOUR, "Le pont ouvre à 9H15 et ferme à 23H00."),
    (GMT, "Le navire est attendu jeudi à 13h30 GMT dans le port."),
    (COMPASS, "Le pont relie Valcombe (centre-est) à la rive gauche."),
    (COMPASS, "À Port-Estran (Littoral, ouest), la grue est arrêtée."),
    (COMPASS, "Une digue a cédé à Brumes (nord-ouest de la Valdaine), sans faire de victime."),
    (HEARD, "Deux ouvriers ont été blessés, a-t-on appris auprès de la préfecture."),
    (HEARD, "Le chantier reprendra, avait‑t‑on indiqué à la mairie."),
    (SOURCE, "Le chauffeur a été relâché, de source judiciaire."),
    (SOURCE, "Il y aurait trois suspects, de même source proche de l'enquête."),
]
AT_THE_TOP = [
    (DATELINE, "VALCOMBE, 12 nov - Le vieux pont ferme."),
    (DATELINE, "PORT-ESTRAN (Littoral), 3 février 2025 () – Le vieux pont ferme."),
    (DATELINE, "Valcombe | Le vieux pont ferme."),
]
AT_THE_END = [(INITIALS, "pvo/jlc"), (INITIALS, "Rien de plus. pvo/jlc")]
ALONE = [
    (HEADING, "- Passerelle provisoire -"),
    (HEADING, '- "Un détour d\'une heure" -'),
    (NOTE, "Le pont ferme (actualisé avec la réaction du maire)"),
    (NOTE, "ATTENTION - ajoute la réaction du maire ///"),
    (NOTE, "(bien lire Valcombe au premier paragraphe)"),
    (DESK, "(Jeanne Martel pour le service français, édité par Paul Estran)"),
    (SHARE, "Le groupe Volteris <VOLT.PA> construit la passerelle."),
]
NOTHING = [
    "Le « + » de la formule : +12 % de trains, dit-on à la gare, et Canal+ en parle.",
    "Appelez le +33 1 00 00 00 00 ou le +32 2 000 00 00.",
    "La séance est à 20h30, le journal de 20H l'annonce.",
    "SÉANCE 20H30",
    "Le téléphone GMT-5 coûte trente euros.",
    "Le pont relie Lille (Nord) à la rive (est-il ouvert ?).",
    "Qu'a-t-on vu ? Qu'a appris le maire ?",
    "C'est la source de la Valdaine, de sources chaudes en lacs.",
    "Il relie et/ou remplace le pont",
    "- Un pont - puis deux.",
    "Vidéo | Le pont vu du ciel.",
    "La note (complétée par un décret) est publique.",
    "Le texte est édité par le conseil.",
    "Une balise <p> est restée.",
]


@pytest.mark.parametrize(
    ("says", "lines"),
    [
        *((says, [BODY[0], line, BODY[2]]) for says, line in KEPT),
        *((says, [line, *BODY]) for says, line in AT_THE_TOP),
        *((says, [*BODY, line]) for says, line in AT_THE_END),
        *((says, [*BODY[:2], line, BODY[2]]) for says, line in ALONE),
    ],
)
def test_a_trace_of_an_agency_is_kept_and_is_no_credit(says, lines):
    assert scars(lines) == [says]
    articles = pa.Table.from_pylist([{"article_id": "a", "text": "\n".join(lines)}])
    paragraphs = segment(articles).select(PARAGRAPHS.names)
    whole = pa.Table.from_pylist([{**dict.fromkeys(ARTICLES.names), "article_id": "a"}], schema=ARTICLES)
    rules = load_rules(None)
    [row] = credit_status(whole, find_credits(whole, paragraphs, rules), rules).to_pylist()
    assert (row["credit_status"], row["credited_agency"]) == ("none", None)


@pytest.mark.parametrize("line", NOTHING)
def test_what_papers_write_themselves_is_no_trace_of_an_agency(line):
    assert scars([line, *BODY]) == scars([*BODY, line]) == []


def test_a_dateline_counts_at_the_top_and_initials_at_the_end():
    assert scars([*BODY, "VALCOMBE, 12 nov - Le vieux pont ferme."]) == []
    assert scars([BODY[0], "Rien de plus. pvo/jlc", *BODY]) == []


def test_captions_posts_and_boilerplate_keep_nothing():
    assert scars([*BODY, "Photo : le pont à 20H30, à Brumes (ouest)", "Lire aussi : Le pont ferme vers 20H30"]) == []


def test_each_kind_of_trace_counts_once_and_in_the_order_of_the_rules():
    lines = ["Le pont de Brumes (ouest) ferme vers 20H30, celui de Valcombe (est) vers 21H00.", *BODY]
    assert scars(lines) == scars(lines[::-1]) == [HOUR, COMPASS]


def test_no_article_gives_no_row_and_an_empty_one_keeps_nothing():
    articles = pa.table({"article_id": pa.array([], pa.string()), "text": pa.array([], pa.string())})
    assert len(find_scars(articles, segment(articles), load_rules(None))) == 0
    assert scars([""]) == []


MINE = """scars:
  - name: hash_marks
    says: three hash marks
    hint: '###'
    match: |
      ^### *$
"""


def test_a_user_adds_a_scar_and_replaces_one_by_its_name(tmp_path):
    file, lines = tmp_path / "mine.yaml", [*BODY, "###", "Elle ferme vers 20H30."]
    file.write_text(MINE, "utf-8")
    assert scars(lines, load_rules(file)) == [HOUR, "three hash marks"]
    file.write_text(MINE.replace("hash_marks", "hour_in_capitals"), "utf-8")
    assert scars(lines, load_rules(file)) == ["three hash marks"]


@pytest.mark.parametrize(
    ("change", "line", "words"),
    [
        (("says: three hash marks\n    ", ""), 2, "a scar needs says"),
        (("'###'", "'(?<=#)#'"), 4, "cannot be searched for"),
        (("^### *$", "^(### *$"), 6, "not a regular expression"),
        (("hint", "hints"), 4, "unknown key 'hints'"),
    ],
)
def test_a_wrong_scar_stops_with_its_file_and_line(tmp_path, change, line, words):
    file = tmp_path / "mine.yaml"
    file.write_text(MINE.replace(*change), "utf-8")
    with pytest.raises(RulesError) as error:
        load_rules(file)
    assert str(error.value).startswith(f"{file}:{line}: ")
    assert words in str(error.value)


def test_an_article_that_keeps_traces_is_suspected_and_gets_no_class_while_nothing_of_it_is_found(tmp_path):
    kept = "Le pont de Brumes (ouest) a cédé vers 04H30, a-t-on appris auprès de la préfecture."
    rows = [
        {"id": "scarred", "text": f"{kept}\n{prose(1, 90)}", "outlet": "Gazette"},
        {"id": "own", "text": prose(2, 90), "outlet": "Gazette"},
    ]
    found = run_articles(tmp_path, *rows)
    evidence = found.by_article("agency_evidence")
    assert 0 < evidence["scarred"]["scars"] < 1.387  # at most log of 1 + 3 kinds, as nothing is found
    assert evidence["own"]["scars"] == 0
    told = found.by_article("article_provenance")
    assert [told[name]["derivation"] for name in ("scarred", "own")] == [None, "non"]
    assert [told[name]["evidence"] for name in ("scarred", "own")] == ["suspected", "none"]
    assert [told[name]["share_estimated"] for name in ("scarred", "own")] == [1.0, 0.0]
    assert told["scarred"]["credit_status"] == "none"
    assert f"it keeps traces of an agency's formatting: {HOUR}; {COMPASS}; {HEARD}" in told["scarred"]["reasons"]


def test_traces_speak_for_the_cluster_and_not_for_the_article_that_others_print(tmp_path):
    text = prose(3, 90)
    rows = [
        {"id": str(n), "text": f"{text}\nIl a plu vers 20H30." if n else text, "outlet": outlet}
        for n, outlet in enumerate(["Gazette", "Courrier", "Phare"])
    ]
    found = run_articles(tmp_path, *rows)
    [cluster] = found.rows("cluster_evidence")
    assert cluster["scars"] == pytest.approx(2 / 3)
    assert any("keep traces" in sentence for sentence in found.rows("clusters")[0]["reasons"])
    assert all(row["some"] == 1 and row["scars"] == 0 for row in found.rows("agency_evidence"))
