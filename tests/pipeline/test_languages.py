"""Articles in several languages go through one run: copies are found in each, and languages are kept apart."""

from __future__ import annotations

import pytest
from runs import Snapshot, run_articles

COPIED = {
    "en": "The ferry between Port Askel and the island of Brenn sank on Sunday evening after striking a rock, and "
    "forty-two passengers were taken ashore by fishing boats, the coastguard said. “We heard a crack and then the "
    "lights went out”, a retired teacher told the agency while waiting on the quay with her dog.",
    "de": "Die Fähre zwischen Askelhafen und der Insel Brenn ist am Sonntagabend nach dem Aufprall auf einen Felsen "
    "gesunken, zweiundvierzig Fahrgäste wurden von Fischerbooten an Land gebracht, teilte die Küstenwache mit. »Wir "
    "hörten ein Krachen, dann ging das Licht aus«, sagte eine pensionierte Lehrerin, die am Kai wartete.",
    "it": "Il traghetto tra Porto Askel e l'isola di Brenn è affondato domenica sera dopo avere urtato uno scoglio e "
    "quarantadue passeggeri sono stati portati a riva dai pescherecci, ha riferito la guardia costiera. «Abbiamo "
    "sentito uno schianto e poi si sono spente le luci», ha raccontato una maestra in pensione che aspettava sul molo.",
    "es": "El transbordador entre Puerto Askel y la isla de Brenn se hundió el domingo por la noche tras chocar con "
    "una roca, y cuarenta y dos pasajeros fueron llevados a tierra por barcos pesqueros, informó la guardia costera. "
    "“Oímos un crujido y luego se apagaron las luces”, contó una maestra jubilada que esperaba en el muelle.",
    "nl": "De veerboot tussen Askelhaven en het eiland Brenn is zondagavond gezonken nadat hij op een rots was "
    "gelopen, en tweeënveertig passagiers werden door vissersboten aan wal gebracht, meldde de kustwacht. ‘We hoorden "
    "gekraak en toen ging het licht uit’, vertelde een gepensioneerde onderwijzeres die op de kade stond te wachten.",
}

OTHER = {
    "en": "The town library has bought nine hundred new books this winter, most of them for children, and will open "
    "until eight o'clock on Thursdays, as readers had asked for many years in letters to the mayor.",
    "de": "Die Stadtbücherei hat in diesem Winter neunhundert neue Bücher gekauft, die meisten für Kinder, und öffnet "
    "donnerstags bis zwanzig Uhr, wie es sich die Leser seit Jahren in Briefen an den Bürgermeister wünschten.",
    "it": "La biblioteca comunale ha comprato quest'inverno novecento libri nuovi, quasi tutti per bambini, e il "
    "giovedì resterà aperta fino alle venti, come i lettori chiedevano da anni nelle lettere al sindaco.",
    "es": "La biblioteca municipal ha comprado este invierno novecientos libros nuevos, casi todos para niños, y los "
    "jueves abrirá hasta las ocho de la tarde, como pedían los lectores desde hace años en cartas al alcalde.",
    "nl": "De stadsbibliotheek heeft deze winter negenhonderd nieuwe boeken gekocht, de meeste voor kinderen, en is "
    "op donderdag tot acht uur open, zoals lezers al jaren in brieven aan de burgemeester hadden gevraagd.",
}


CREDITED = {
    "en": ("(Reporting by Reuters)", "credited_full", "Reuters"),
    "de": ("Quelle: dpa", "credited_full", "dpa"),
    "it": ("(ANSA)", "credited_full", "ANSA"),
    "es": ("Con información de EFE", "credited_partial", "EFE"),
    "nl": ("Bron: ANP", "credited_full", "ANP"),
}
"""The last line of the carrier, and how it credits whom."""


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory) -> Snapshot:
    """One run over a dispatch, its carrier and another article in each language."""
    articles = []
    for code, copied in COPIED.items():
        first, second = copied.split(". ", 1)
        articles += [
            {"id": f"{code}-wire", "text": copied, "outlet": "Agency", "is_wire": True, "agency": CREDITED[code][2]},
            {
                "id": f"{code}-copy",
                "text": f"{first}.\n{second}\n{OTHER[code]}\n{CREDITED[code][0]}",
                "outlet": f"Paper {code}",
            },
            {"id": f"{code}-other", "text": OTHER[code].split(",")[0] + ".", "outlet": f"Gazette {code}"},
        ]
    for number, article in enumerate(articles):
        article["published_at"] = f"2025-03-10T{number:02}:00:00Z"
    return run_articles(tmp_path_factory.mktemp("languages"), *articles)


@pytest.mark.parametrize("code", COPIED)
def test_a_dispatch_and_its_carrier_are_matched_in_every_language(snapshot, code):
    shared = [
        row for row in snapshot.rows("matches") if f"{code}-wire" in (row["left_article_id"], row["right_article_id"])
    ]
    assert {row[f"{side}_article_id"] for row in shared for side in ("left", "right")} == {
        f"{code}-wire",
        f"{code}-copy",
    }
    copy = snapshot.by_article("article_provenance")[f"{code}-copy"]
    assert copy["best_source"] == f"{code}-wire"
    assert 0.4 < copy["copy_rate"] < 0.9


@pytest.mark.parametrize("code", COPIED)
def test_credits_are_found_in_every_language(snapshot, code):
    copy = snapshot.by_article("article_provenance")[f"{code}-copy"]
    line, status, agency = CREDITED[code]
    assert (copy["credit_status"], copy["agency"], copy["evidence"]) == (status, agency, "dispatch")
    [credit] = [row for row in snapshot.rows("credits") if row["article_id"] == f"{code}-copy"]
    assert (credit["agency"], line[credit["begin"] : credit["end"]]) == (agency, agency)


@pytest.mark.parametrize("code", COPIED)
def test_quotations_are_seen_in_every_language(snapshot, code):
    lines = [row for row in snapshot.rows("paragraphs") if row["article_id"] == f"{code}-wire"]
    assert 5 <= sum(row["n_quoted"] for row in lines) <= 14


def test_no_match_joins_two_languages(snapshot):
    for row in snapshot.rows("matches"):
        assert row["left_article_id"][:2] == row["right_article_id"][:2]


def test_the_manifest_says_how_many_articles_are_in_each_language(snapshot):
    from dedup.store import disk

    counts = disk.read_manifest(disk.latest(snapshot.out))["counts"]
    assert {name: counts[name] for name in counts if name in {f"articles_{code}" for code in COPIED}} == {
        f"articles_{code}": 3 for code in COPIED
    }


def test_what_two_languages_share_is_no_match(tmp_path):
    note = "« primus inter pares est qui nominatur arbiter et si dissentiunt numerat calculos »"
    french = (
        f"Les membres du jury, dit une note, {note}, se réuniront au printemps dans la capitale. "
        "Ils ont reçu cette année plus de quatre cents livres, que le public pourra lire à la bibliothèque."
    )
    english = (
        f"The members of the jury, says a note, {note}, will meet in the capital this spring. "
        "They have been sent more than four hundred books this year, which the public may read at the library."
    )
    rows = [
        {"text": text, "outlet": outlet, "published_at": "2025-03-10T10:00:00Z"}
        for text, outlet in ((french, "A"), (english, "B"))
    ]
    assert run_articles(tmp_path / "apart", *rows).rows("matches") == []
    together = run_articles(tmp_path / "told", *({**row, "language": "fr"} for row in rows)).rows("matches")
    assert len(together) == 1
