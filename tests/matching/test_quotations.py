"""Quotations by who could know the words, and formulas that are no evidence: invented articles, end to end."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from dedup import schemas
from dedup.config import Config
from dedup.matching import align, weights
from dedup.text import languages, segment, words

LEFT_OWN = (
    "Sur la place du bourg, les bâches claquent et personne ne regarde l'horloge arrêtée depuis l'automne.",
    "Le boulanger a fermé son four à midi, comme tous les jeudis, sans un mot pour la file.",
)
RIGHT_OWN = (
    "Notre journal avait compté dix-huit charrettes devant le lavoir, toutes chargées de planches humides.",
    "Les cloches ont sonné deux fois avant que la pluie ne chasse les derniers curieux du parvis.",
)
SAID = "On attend ce bac depuis onze hivers, mon garçon a appris à nager avant d'aller à l'école de la rive"


def found(left: str, right: str, lang: str = "fr") -> list[tuple[bool, str | None]]:
    """Whether each match of two articles is no more than a quotation, and why."""
    texts = ["\n".join((LEFT_OWN[0], left, LEFT_OWN[1])), "\n".join((RIGHT_OWN[0], right, RIGHT_OWN[1]))]
    paragraphs = segment.segment(pa.table({"article_id": ["a", "b"], "text": texts, "lang": [lang, lang]}))
    first = np.array([0, 3, 6])
    laid_out = align.texts(words.read_words(paragraphs, Config()), first, np.ones(6, bool), Config())
    rows = align.align(np.array([0]), np.array([1]), laid_out, Config()).to_pylist()
    return [(row["quote_only"], schemas.QUOTE_REASONS[row["quote_reason"]]) for row in rows]


@pytest.mark.parametrize(
    ("left", "right", "reason"),
    [
        (
            '"{}", a raconté à l\'AFP Solène Marchoux, un seau à la main.',
            "« {} », lâche une femme au bord de l'eau.",
            "told_to_agency",
        ),
        ('"{}", confie Solène Marchoux, 52 ans.', "« {} », souffle cette batelière de 52 ans.", "witness"),
        ('"{}", confie un retraité venu avec son chien.', "Le retraité hausse les épaules : « {}. »", "witness"),
        ('"{}", confie Mireille.', "« {} », répète Mireille en riant.", "witness"),
        ('"{}", a dit le président américain.', "« {} », selon le président américain à la tribune.", "translated"),
        ('"{}", explique Kylian Brossard, ramoneur.', "« {} », peste le ramoneur.", "witness"),
        ('"{}", glisse Basile Ferrandon, trente-quatre ans.', "« {} », dit cet homme de 34 ans.", "witness"),
        ('"{}", raconte Lina (prénom modifié).', "« {} », souffle une vendeuse sous couvert d'anonymat.", "witness"),
        ('"{}", a-t-il confié à une journaliste de l\'AFP sur place.', "« {} », raconte-t-il.", "told_to_agency"),
        ('"{}", a-t-il lancé à l\'agence de presse allemande dpa.', "« {} », raconte-t-il.", "told_to_agency"),
        ('"{}", a-t-elle dit dans un entretien avec l\'AFP.', "« {} », raconte-t-elle.", "told_to_agency"),
    ],
)
def test_what_one_reporter_collected_is_copied(left, right, reason):
    assert found(left.format(SAID), right.format(SAID)) == [(False, reason)]


@pytest.mark.parametrize(
    ("left", "right", "reason"),
    [
        ('"{}", a déclaré le ministre des Rivières.', "« {} », a lancé Gontran Delestrac.", "public"),
        ('"{}", a écrit sur Twitter Gontran Delestrac.', "{}.", "public"),
        ('"{}", a confié à l\'AFP Gontran Delestrac.', "« {} », affirme-t-il dans un communiqué.", "public"),
        ('"{}", confie la ministre, 52 ans.', "« {} », a dit Odile Ferrandon, 52 ans.", "public"),
        ('récompensée pour "{}", selon le président américain.', "distinguée pour « {} », dit Abe, 52 ans.", "public"),
        ('"{}", a écrit Odile Ferrandon, 52 ans, sur Bluesky.', "« {} », dit l'élue de 52 ans.", "public"),
        ('"{}", a lancé la patronne des écologistes, 52 ans.', "« {} », a dit Odile Ferrandon, 52 ans.", "public"),
        ('"{}", a confié Basile Lorrez, 52 ans, au Parisien.', "« {} », raconte Basile Lorrez, 52 ans.", "public"),
        ('"{}", écrit Basile Lorrez, 52 ans, dans son livre.', "« {} », a noté Basile Lorrez, 52 ans.", "public"),
        ('"{}", a confié Basile Lorrez il y a 15 ans.', "« {} », disait-il déjà depuis 15 ans.", "undecided"),
        ('"{}", lit-on sur un panneau.', "« {} », disait la pancarte.", "undecided"),
        ('"{}", confie Solène Marchoux, 52 ans.', "« {} », lit-on partout.", "undecided"),
    ],
)
def test_what_everybody_could_know_is_no_copy(left, right, reason):
    assert found(left.format(SAID), right.format(SAID)) == [(True, reason)]


SAME_ATTRIBUTION = [
    (
        "fr",
        '"{}", a déclaré mardi la ministre de l\'Eau, Odile Ferrandon.',
        "« {} », a déclaré mardi la ministre de l'Eau, Odile Ferrandon.",
    ),
    (
        "fr",
        '"{}", a réagi mercredi soir le maire de Montarel, Gontran Delestrac.',
        "« {} », a réagi mercredi soir le maire de Montarel, Gontran Delestrac.",
    ),
    (
        "fr",
        'Selon le porte-parole du gouvernement, Basile Lorrez, "{}".',
        "Selon le porte-parole du gouvernement, Basile Lorrez, « {} ».",
    ),
    (
        "fr",
        '"{}", a-t-elle ajouté sur Twitter vendredi, selon son porte-parole.',
        "« {} », a-t-elle ajouté sur Twitter vendredi, selon son porte-parole.",
    ),
    (
        "en",
        "“{}”, the Minister for Water, Odile Ferrandon, said on Tuesday.",
        "“{}”, the Minister for Water, Odile Ferrandon, said on Tuesday.",
    ),
    (
        "de",
        "„{}“, sagte am Dienstag die Ministerin für Wasser, Odile Ferrandon.",
        "„{}“, sagte am Dienstag die Ministerin für Wasser, Odile Ferrandon.",
    ),
    (
        "it",
        "«{}», ha detto martedì il ministro delle Acque, Odile Ferrandon.",
        "“{}”, ha detto martedì il ministro delle Acque, Odile Ferrandon.",
    ),
    (
        "es",
        "«{}», dijo el martes la ministra del Agua, Odile Ferrandon.",
        "“{}”, dijo el martes la ministra del Agua, Odile Ferrandon.",
    ),
    (
        "nl",
        "‘{}’, zei dinsdag de minister van Water, Odile Ferrandon.",
        "“{}”, zei dinsdag de minister van Water, Odile Ferrandon.",
    ),
]


@pytest.mark.parametrize(("lang", "left", "right"), SAME_ATTRIBUTION)
def test_a_public_quotation_with_one_attribution_is_no_copy(lang, left, right):
    said = SAID if lang == "fr" else ABROAD[lang]
    assert found(left.format(said), right.format(said), lang) == [(True, "public")]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (
            '"{}", a accusé le ministre des Digues, appelant à des mesures en matière "de pêche et de halage".',
            "« {} », a accusé la ministre, appelant à des mesures en matière « de pêche et de halage ».",
        ),
        (
            'En l\'espace de deux heures, "{}", selon le ministre des Digues.',
            "En l'espace de deux heures, « {} », selon le ministre des Digues.",
        ),
        (
            '"{}", a déclaré le ministre en essuyant ses bottes couvertes de vase jaune.',
            "« {} », a déclaré le ministre en essuyant ses bottes couvertes de vase jaune.",
        ),
    ],
)
def test_words_beside_a_quotation_that_say_more_than_who_spoke_are_copied(left, right):
    assert not all(quotation for quotation, _ in found(left.format(SAID), right.format(SAID)))


ABROAD = {
    "en": "We have waited for this ferry through eleven winters and my boy learned to swim before he went to school",
    "de": "Wir warten seit elf Wintern auf diese Fähre und mein Junge hat schwimmen gelernt bevor er zur Schule ging",
    "it": "Aspettiamo questo traghetto da undici inverni e mio figlio ha imparato a nuotare prima di andare a scuola",
    "es": "Llevamos once inviernos esperando este barco y mi hijo aprendió a nadar antes de empezar en la escuela",
    "nl": "Wij wachten al elf winters op deze veerboot en mijn zoon kon zwemmen voordat hij naar de school ging",
}
COPIED_ABROAD = [
    ("en", "“{}”, Solene Marchoux told AFP.", "“{}”, a woman on the quay sighed.", "told_to_agency"),
    ("en", "“{}”, she said in an interview with the news agency Reuters.", "“{}”, she sighed.", "told_to_agency"),
    ("en", "“{}”, said Solene Marchoux, 52, a florist.", "“{}”, sighed the florist.", "witness"),
    ("en", "“{}”, said the 52-year-old.", "“{}”, Marchoux, 52, repeated.", "witness"),
    ("en", "“{}”, the Russian president said.", "“{}”, said the Russian president in a speech.", "translated"),
    ("de", "„{}“, sagte Solene Marchoux der Deutschen Presse-Agentur.", "„{}“, seufzt sie.", "told_to_agency"),
    ("de", "»{}«, sagte sie gegenüber der Nachrichtenagentur AFP.", "»{}«, seufzt sie.", "told_to_agency"),
    ("de", "„{}“, erzählt Solene Marchoux (52), Floristin.", "„{}“, seufzt die 52-Jährige.", "witness"),
    ("de", "„{}“, sagte der russische Präsident.", "„{}“, so der russische Präsident.", "translated"),
    ("it", "«{}», ha detto all'ANSA Marta Castagna.", "“{}”, sospira una donna sul molo.", "told_to_agency"),
    ("it", "«{}», racconta Marta, 52 anni, fioraia.", "“{}”, sospira la fioraia.", "witness"),
    ("es", "«{}», dijo a la agencia EFE Marta Castaño.", "“{}”, suspira una mujer en el muelle.", "told_to_agency"),
    ("es", "«{}», cuenta Marta, jubilada de 72 años.", "“{}”, suspira la jubilada.", "witness"),
    ("nl", "‘{}’, zei Solene Marchoux tegen persbureau ANP.", "“{}”, zucht een vrouw op de kade.", "told_to_agency"),
    ("nl", "‘{}’, vertelt de 52-jarige bloemiste.", "“{}”, zucht de bloemiste.", "witness"),
]
PUBLIC_ABROAD = [
    ("en", "“{}”, the prime minister said.", "“{}”, said the prime minister on Tuesday."),
    ("en", "“{}”, Trump said.", "“{}”, said Donald Trump."),
    ("en", "“{}”, Marchoux, 52, wrote on Facebook.", "“{}”, said Marchoux, 52."),
    ("de", "„{}“, sagte die Bundeskanzlerin.", "„{}“, so Merkel (64)."),
    ("de", "„{}“, schrieb Marchoux (52) auf Twitter.", "„{}“, so Marchoux (52)."),
    ("it", "«{}», ha detto il sindaco.", "“{}”, ha scritto il primo cittadino in una nota."),
    ("es", "«{}», afirmó la alcaldesa en rueda de prensa.", "“{}”, señaló la alcaldesa."),
    ("nl", "‘{}’, zei de burgemeester.", "“{}”, aldus de burgemeester op een persconferentie."),
]


@pytest.mark.parametrize(("lang", "left", "right", "reason"), COPIED_ABROAD)
def test_what_one_reporter_collected_is_copied_in_every_language(lang, left, right, reason):
    assert found(left.format(ABROAD[lang]), right.format(ABROAD[lang]), lang) == [(False, reason)]


@pytest.mark.parametrize(("lang", "left", "right"), PUBLIC_ABROAD)
def test_what_everybody_could_know_is_no_copy_in_any_language(lang, left, right):
    rows = found(left.format(ABROAD[lang]), right.format(ABROAD[lang]), lang)
    assert rows
    assert all(quotation for quotation, _ in rows)


def test_a_long_communique_is_no_copy():
    long = f"{SAID}, et le conseil des rives rappelle que nul ne peut ouvrir la passe sans l'accord écrit des éclusiers"
    rows = found(f'Dans un communiqué, "{long}".', f"« {long} », lit-on dans un communiqué.")
    assert rows
    assert all(quotation for quotation, _ in rows)


def test_a_formula_of_law_is_no_match():
    formula = "s'est vu prescrire une incapacité totale de travail de douze jours"
    assert not found(f"Le passeur {formula}.", f"Bousculé lui aussi, un meunier {formula}.")


def test_a_title_and_a_list_of_names_are_no_match():
    title = (
        "le président du Conseil des Eaux de Norlande, Gontran Delestrac, et la ministre des Digues, Odile Ferrandon"
    )
    assert not found(f"Au premier rang, {title}, écoutaient.", f"Puis {title} sont repartis en barque.")


def test_an_identical_run_with_figures_is_a_match():
    run = "dix-sept péniches ont rompu leurs amarres et quatre pontons ont dérivé jusqu'au barrage"
    assert found(f"Dans la nuit, {run}.", f"Bilan : {run}, selon un éclusier.") == [(False, None)]


@pytest.mark.parametrize("years, fine", [("deux ans", "30.000"), ("trois ans", "45 000"), ("dix ans", "150.000")])
def test_a_penalty_of_law_is_no_match(years, fine):
    penalty = f"jusqu'à {years} d'emprisonnement et {fine} euros d'amende"
    assert not found(
        f"Les deux passeurs encouraient {penalty}.", f"Pour cela, rappelle le bedeau, ils encouraient {penalty}."
    )


def test_learned_formulas_weigh_less_than_their_words_are_rare():
    listed = weights.runs_of(weights.stock_phrases())
    assert np.isin(weights.runs_of(["placé en détention provisoire"]), listed).all()
    learned = weights.learned_runs()
    assert np.isin(weights.runs_of(["à la fin du mois de septembre", "le président de la République"]), learned).any()
    assert not np.isin(weights.runs_of([SAID]), np.union1d(listed, learned)).any()


def test_what_stands_beside_a_quotation_is_read_on_the_names_of_the_shipped_list():
    for code in languages.languages():
        keys, kinds = align.quotations._names(code, True)
        assert len(keys) == len(kinds) == len(np.unique(keys))
        assert (kinds > 0).all()
