"""One French wording of a foreign speaker's words, and who counts as one. Invented sentences."""

from __future__ import annotations

import pytest
from runs import prose, run_articles

from dedup.tracing.translations import speaks_foreign

WORDS = "Nous ne quitterons pas la table avant midi"

FOREIGN = [
    "« {} », a déclaré le président américain.",
    "“{}”, s'est félicitée la cheffe de la diplomatie suédoise.",
    'Selon le ministre allemand des Finances, "{}".',
    "Des chercheuses norvégiennes notent : « {}. » Personne ne les a crues.",
    "« {} », a confié à l'AFP le porte-parole ukrainien.",
    "« {} », dit une étude britannique parue mardi.",
    "« {} », lit-on dans un communiqué du Kremlin.",
    "Le Pentagone a réagi. « {}. » Rien de plus.",
    "Le roi des Pays-Bas est venu. « {} », a-t-il dit.",
    "Kiev a répondu. « {} », a-t-on lu. Puis rien.",
    "« {} », a écrit Donald Trump sur le réseau.",
    "« {} », a prévenu le patron de Boeing.",
    "« {} », a averti hier M. Trump.",
    "« {} », a tranché la Maison Blanche.",
    "« {} », explique un médecin de New York.",
    "« {} », a dit à la presse un ministre grec.",
    "« {} », a dit à la presse une ministre turque.",
]
AT_HOME = [
    "« {} », a dit Emmanuel Macron au président américain.",
    "Le ministre français des Finances, en visite à Berlin, a lancé : « {} ».",
    "« {} », a répondu le Premier ministre belge à la Maison Blanche.",
    "« {} », a nuancé le Quai d’Orsay face à Washington.",
    "« {} », s'agace la conseillère fédérale suisse face au Kremlin.",
]
NOBODY = [
    "« {} », a déclaré le maire.",
    "« {} », a dit le maire de Valcombe au président américain Joe Biden.",
    "« {} », a lancé la ministre à Berlin, avec la chancelière Merkel.",
    "Les ministres allemands sont partis. Il a plu. « {} », a déclaré le maire.",
    "Les ministres allemands sont partis. « {} », a déclaré le maire de la commune.",
    "Un élu cite « le Kremlin et Washington ». « {} », ajoute ce maire de la côte.",
    "Un touriste allemand est blessé.Voici la suite : « {} », selon le parquet.",
    "« {} »",
]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [*((text, True) for text in FOREIGN), *((text, False) for text in AT_HOME), *((text, None) for text in NOBODY)],
)
def test_the_speaker_of_a_quotation_is_a_foreigner_or_at_home_or_not_seen(sentence, expected):
    line = sentence.format(WORDS)
    begin = line.index(WORDS)
    assert speaks_foreign(line, begin, begin + len(WORDS)) is expected
    assert speaks_foreign("Le vent est tombé. " + line, begin + 19, begin + 19 + len(WORDS)) is expected


ABROAD = [
    ("en", "“{}”, the French president said.", True),
    ("en", "‘{}’, said the German chancellor in parliament.", True),
    ("en", "The Kremlin answered. “{}”, it said.", True),
    ("en", "“{}”, President Joe Biden told the Ukrainian leader.", False),
    ("en", "“{}”, the mayor said to the French president.", None),
    ("de", "„{}“, sagte der französische Präsident.", True),
    ("de", "»{}«, so ein Sprecher des Kreml.", True),
    ("de", "„{}“, sagte Bundeskanzler Merz dem französischen Präsidenten.", False),
    ("de", "„{}“, sagte der Bürgermeister.", None),
    ("it", "«{}», ha detto il presidente francese.", True),
    ("it", "«{}», ha detto Meloni al presidente francese.", False),
    ("es", "«{}», dijo el presidente ruso.", True),
    ("es", "«{}», dijo el presidente argentino.", False),
    ("nl", "‘{}’, zei de Franse president.", True),
    ("nl", "‘{}’, zei de Nederlandse premier tegen de Franse president.", False),
    ("nl", "‘{}’, zei de burgemeester.", None),
]


@pytest.mark.parametrize(("code", "sentence", "expected"), ABROAD)
def test_who_is_a_foreigner_depends_on_the_language_of_the_text(code, sentence, expected):
    begin = sentence.index("{}")
    assert speaks_foreign(sentence.format(WORDS), begin, begin + len(WORDS), code) is expected


def test_the_chancellor_is_a_foreigner_in_french_and_none_in_german():
    line = f"„{WORDS}“, (Merz)."
    assert speaks_foreign(line, 1, 1 + len(WORDS)) is True
    assert speaks_foreign(line, 1, 1 + len(WORDS), "de") is False


QUOTATION = " ".join(prose(1, 24).lower().replace(".", "").split())


def two_reports(folder, speaker: str, second: str | None = None, **more):
    """Two papers that share nothing but one quotation, and who each of them says has spoken."""
    rows = [
        {
            "outlet": outlet,
            "published_at": f"2025-03-10T1{seed}:00:00Z",
            **more,
            "text": f"{prose(10 + seed, 60)}\n« {QUOTATION} », {words}, {prose(20 + seed, 9)}",
        }
        for seed, (outlet, words) in enumerate([("Gazette", speaker), ("Courrier", second or speaker)])
    ]
    return run_articles(folder, *rows)


def test_one_translation_of_a_foreigners_words_is_agency_evidence_and_the_reason_says_so(tmp_path):
    found = two_reports(tmp_path, "a déclaré la ministre suédoise")
    [cluster] = found.rows("clusters")
    assert not cluster["is_quotation"]  # the words are copied: somebody put them into French
    assert (cluster["agency"], cluster["evidence"]) == (None, "suspected")
    assert cluster["p_agency"] >= 0.69
    for row in found.rows("provenance"):
        assert any("French wording of a foreign speaker" in sentence for sentence in row["reasons"])
        assert row["share_class"] == "verbatim"
    assert {row["quote_reason"] for row in found.rows("matches")} == {"translated"}
    assert all(row["agency_passages"] > 0.15 for row in found.rows("agency_evidence"))
    assert all(row["copy_rate"] > 0.15 for row in found.rows("article_provenance"))


@pytest.mark.parametrize(
    ("speaker", "second", "more"),
    [
        ("a déclaré la ministre", None, {}),
        ("a déclaré la ministre suédoise", "a déclaré la ministre belge", {}),
        ("a déclaré la ministre suédoise", None, {"owner": "Une seule maison"}),
    ],
)
def test_a_quotation_taken_down_in_french_or_inside_one_house_is_no_agency_evidence(tmp_path, speaker, second, more):
    found = two_reports(tmp_path, speaker, second, **more)
    [cluster] = found.rows("clusters")
    assert (cluster["agency"], cluster["agency_basis"]) == (None, "none")
    assert all(row["agency_passages"] == 0 for row in found.rows("agency_evidence"))
