"""Segments: the lines of a text, their places as printed, and their roles."""

from __future__ import annotations

import re

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup import schemas
from dedup.text.segment import segment

LINES = [
    "",
    " ",
    "\t\u00a0",
    "\r",
    "Le maire a parlé.",
    "Un titre",
    "  Décalé à droite.",
    "Photo : A. Vial",
    "(AFP)",
    "Lire aussi : le maire",
    "é😀 « oui »",
    "\u2028",
    "\x1c",
    "\x85",
    "\u200b",
    "Fin\r",
]
texts = st.lists(st.sampled_from(LINES) | st.text(max_size=8), max_size=8).map("\n".join) | st.text(max_size=40)


def rows(texts: list[str | None]) -> list[dict]:
    """PARAGRAPHS of articles named 0, 1, 2 ..."""
    articles = pa.table({"article_id": [str(n) for n in range(len(texts))], "text": pa.array(texts, pa.string())})
    paragraphs = segment(articles)
    assert paragraphs.schema.equals(schemas.PARAGRAPHS, check_metadata=True)
    return paragraphs.to_pylist()


def roles(*lines: str) -> list[str]:
    return [row["role"] for row in rows(["\n".join(lines)])]


LINE_END = re.compile("\n|\r(?!\n)|[\x0b\x0c\x85\u2028\u2029]")


@given(st.lists(texts | st.none(), max_size=5))
def test_paragraphs_are_the_non_empty_lines_as_printed(written):
    expected = [
        (str(article), number, line)
        for article, text in enumerate(written)
        for number, line in enumerate(line for line in LINE_END.split(text or "") if line.strip())
    ]
    assert [(row["article_id"], row["paragraph"], row["text"]) for row in rows(written)] == expected


@given(st.lists(texts, max_size=5))
def test_begin_and_end_slice_the_articles_text(written):
    for row in rows(written):
        assert written[int(row["article_id"])][row["begin"] : row["end"]] == row["text"]


@given(st.lists(texts, min_size=1, max_size=6), st.data())
def test_an_article_is_cut_the_same_alone_and_among_others(written, data):
    begin = data.draw(st.integers(0, len(written) - 1))
    end = data.draw(st.integers(begin, len(written)))
    articles = pa.table({"article_id": [str(n) for n in range(len(written))], "text": written})
    expected = [row for row in rows(written) if begin <= int(row["article_id"]) < end]
    assert segment(articles.slice(begin, end - begin)).to_pylist() == expected
    parts = pa.concat_tables([articles.slice(0, begin), articles.slice(begin)])
    assert segment(parts).to_pylist() == rows(written)


@given(st.lists(texts, max_size=5))
def test_every_line_has_a_role_and_an_article_at_most_one_lead(written):
    found = rows(written)
    assert all(row["role"] in schemas.ROLES for row in found)
    for article in {row["article_id"] for row in found}:
        named = [row["role"] for row in found if row["article_id"] == article]
        assert named.count("lead") <= 1
        assert "body" not in named or named.index("lead") < named.index("body")


@pytest.mark.parametrize(
    ("line", "role"),
    [
        ("Lire aussi : Le pont rouvre", "boilerplate"),
        ("Abonnez-vous pour lire la suite", "boilerplate"),
        ("Vous lisez un article réservé aux abonnés", "boilerplate"),
        ("Soutenez une presse libre et indépendante : faites un don", "boilerplate"),
        ("Accédez à tous nos contenus en illimité", "boilerplate"),
        ("Je profite de l’offre", "boilerplate"),
        ("Cet article est en accès libre grâce à nos abonnés", "boilerplate"),
        ("Il vous reste à lire 64 % de cet article", "boilerplate"),
        ("La lecture de cet article est réservée aux abonnés", "boilerplate"),
        ("Essayez gratuitement pendant un mois", "boilerplate"),
        ("Lisez cet article en intégralité pour 0,99 €", "boilerplate"),
        ("Vous devez être abonnée pour lire cet article", "boilerplate"),
        ("Nous avons besoin de vous : soutenez le journal par un don défiscalisé", "boilerplate"),
        ("Ce média vit grâce à ses lecteurs. Faites un don.", "boilerplate"),
        ("Pour soutenir le travail de notre rédaction, abonnez-vous", "boilerplate"),
        ("Votre contribution nous est précieuse, merci de nous soutenir", "boilerplate"),
        ("Activez les notifications", "boilerplate"),
        ("Le Courrier des Crêtes a besoin de vous", "boilerplate"),
        ("Temps de lecture : 3 min", "boilerplate"),
        ("Soutenez le maire ou partez, a-t-il lancé.", "lead"),
        ("Crédit photo : Jeanne Roc / AFP", "caption"),
        ("© AFP PHOTO / Jeanne Roc", "caption"),
        ("(AFP)", "credit"),
        ("Avec AFP", "credit"),
        ("ats/afp", "credit"),
        ("(ats/reuters)", "credit"),
        ("cro/ats-afp", "credit"),
        ("AFP/Jeanne Roc", "caption"),
        ("Voir pic.twitter.com/abc", "embed"),
        ("Un pont bien trop long", "heading"),
        ("Le pont de Brumagne a rouvert lundi.", "lead"),
    ],
)
def test_a_line_has_the_role_of_its_form(line, role):
    assert roles(line) == [role]


def test_the_first_line_of_prose_is_the_lead_and_the_rest_is_body():
    assert roles("Le pont rouvre", "Il a rouvert lundi.", "Le maire est ravi.", "Ce que l'on sait") == [
        "heading",
        "lead",
        "body",
        "heading",
    ]


def test_a_long_line_is_text_whatever_it_begins_with():
    assert roles("Photo : " + "le pont de pierre a été rouvert au public " * 10 + ".") == ["lead"]


def test_a_text_of_one_line_and_one_without_lines():
    assert [row["text"] for row in rows(["une ligne", "", "\n \n", None])] == ["une ligne"]
    assert rows([]) == []


@pytest.mark.parametrize(
    "line", ["(ats/afp)", "(afp/nxp)", "(AFP/NXP)", "ats/nxp", "(ATS / AFP)", "ats", "(Keystone-ATS)"]
)
def test_a_swiss_stamp_on_a_line_of_its_own_is_a_credit_and_no_caption(line):
    assert roles("Le conseil a voté la fermeture du vieux pont, mardi soir.", line)[-1] == "credit"


@pytest.mark.parametrize(
    "line", ["JEAN MARTEL / AFP", "Le pont fermé, mardi. © AFP", "Jean Martel/Keystone", "AFP/Jean Martel"]
)
def test_a_photographers_name_beside_the_agency_is_a_caption(line):
    assert roles("Le conseil a voté la fermeture du vieux pont, mardi soir.", line)[-1] == "caption"


def test_a_stamp_after_the_last_sentence_makes_no_caption_of_it():
    line = "La mairie, que les riverains ont appelée mardi soir, n'a pas souhaité répondre. / AFP"
    assert roles("Le vieux pont ferme.", line)[-1] == "body"


@pytest.mark.parametrize(
    ("line", "role"),
    [
        ("Réservé aux abonnés", "boilerplate"),
        ("Partagez cet article", "boilerplate"),
        ("Écouter l'article", "boilerplate"),
        ("Le contenu réservé au maire a été lu mardi soir.", "lead"),
        ("Envoyer par le fleuve tout ce bois prendra un mois, dit-il.", "lead"),
    ],
)
def test_more_lines_that_pages_print_around_an_article(line, role):
    assert roles(line) == [role]


ABROAD = {
    "en": {
        "boilerplate": [
            "Read more: bridge closed",
            "Story continues below advertisement",
            "Already a subscriber? Log in",
        ],
        "credit": ["By Reuters Staff", "The Associated Press", "AFP"],
        "caption": ["(AP Photo/Jane Miller)", "Photo by Jane Miller/AFP via Getty Images", "Picture: Jane Miller"],
        "lead": [
            "Read the letter aloud, she told the council on Monday.",
            "Reuters reported the closure of the bridge.",
        ],
    },
    "de": {
        "boilerplate": ["Lesen Sie auch: Brücke gesperrt", "Sie haben bereits ein Abo? Jetzt anmelden", "Anzeige"],
        "credit": ["Von dpa", "Quelle: dpa", "sda", "Deutsche Presse-Agentur"],
        "caption": ["Foto: Jan Huber/dpa", "Bild: Jan Huber", "Symbolbild"],
        "lead": ["Die Anzeige gegen den Bürgermeister liegt seit Montag vor.", "Jetzt ist die Brücke gesperrt."],
    },
    "it": {
        "boilerplate": ["Leggi anche: ponte chiuso", "Sei già abbonato? Accedi", "© Riproduzione riservata"],
        "credit": ["di ANSA", "Fonte: ANSA", "Redazione ANSA", "Adnkronos"],
        "caption": ["Foto Ansa", "Foto di Mario Rossi", "Immagine di repertorio"],
        "lead": ["La stampa locale parla di un ponte chiuso da mesi.", "Per il sindaco il ponte resta chiuso."],
    },
    "es": {
        "boilerplate": ["Lea también: puente cerrado", "¿Ya eres suscriptor? Inicia sesión", "Sigue leyendo"],
        "credit": ["Por EFE", "EFE/Madrid", "Europa Press", "Agencias"],
        "caption": ["Foto: EFE", "EFE/Juan Pérez", "Foto de archivo"],
        "lead": ["La publicidad del puente costó mil euros, dijo el alcalde.", "Comparte piso con dos pescadores."],
    },
    "nl": {
        "boilerplate": ["Lees ook: brug dicht", "Al abonnee? Log in", "Exclusief voor abonnees"],
        "credit": ["Door ANP", "Bron: Belga", "ANP"],
        "caption": ["Beeld ANP", "Foto ANP / Jan Visser", "Archieffoto"],
        "lead": ["Lezers vragen al jaren om een nieuwe brug.", "Een advertentie in de krant kostte hem zijn baan."],
    },
}


@pytest.mark.parametrize("code", ABROAD)
def test_lines_have_the_roles_of_their_language(code):
    for role, lines in ABROAD[code].items():
        for line in lines:
            table = pa.table({"article_id": ["a"], "text": [line], "lang": [code]})
            assert segment(table)["role"].to_pylist() == [role], line


def test_lines_of_another_language_mean_nothing_in_french():
    assert roles("Anzeige") == ["heading"]
