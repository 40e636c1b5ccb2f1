"""Outlets: names and addresses -> owners."""

import csv
from importlib import resources
from itertools import combinations

import pytest

from dedup.intake.outlets import Outlets, domain_of, is_spelling


@pytest.fixture(scope="module")
def outlets():
    return Outlets.load()


@pytest.mark.parametrize(
    ("left", "right"),
    [("La DH", "La Libre Belgique"), ("Tribune de Genève", "Le Matin"), ("Journal de Québec", "Le Journal de Montréal"),
     ("Le Parisien", "Les Echos"), ("L'Alsace", "DNA"), ("Le Soir", "La Voix du Nord")],
)  # fmt: skip
def test_papers_of_one_group_have_one_owner(outlets, left, right):
    assert outlets.find(left).owner == outlets.find(right).owner is not None


def test_papers_of_different_groups_have_different_owners(outlets):
    names = ["Le Figaro", "Le Point", "L'Humanité", "La DH", "La Presse", "Le Devoir", "Le Soleil", "Le Temps",
             "Le Nouvelliste (Valais)", "Le Journal de Montréal", "Tribune de Genève"]  # fmt: skip
    owners = [found.owner for name in names if (found := outlets.find(name))]
    assert all(left != right for left, right in combinations(owners, 2)) and len(owners) == 10


@pytest.mark.parametrize("name", ["L'Humanité", "l’humanite", "HUMANITÉ", " L' Humanité "])
def test_a_name_is_known_without_its_accents_case_and_article(outlets, name):
    assert outlets.find(name).outlet == "L'Humanité"


def test_an_address_names_an_outlet_that_has_no_name(outlets):
    assert outlets.find(url="http://sport24.lefigaro.fr/a/b.php").outlet == "Le Figaro"
    assert outlets.find(url="https://www.TDG.ch:443/x").outlet == "Tribune de Genève"
    assert outlets.find("www.lesoir.be").owner == "Rossel"
    assert outlets.find("Une lettre inconnue", "https://www.lesoir.be/1").owner == "Rossel"


@pytest.mark.parametrize(
    ("name", "outlet", "same"),
    [
        ("Journal de Québec", "Le Journal de Québec", True),
        ("l’humanite", "L'Humanité", True),
        ("lemonde.fr", "Le Monde", True),
        ("Gazette", "Montreal Gazette", False),
        ("Le Journal", "Le Journal de Québec", False),
    ],
)
def test_a_spelling_is_the_usual_name_but_for_case_accents_and_article(name, outlet, same):
    assert is_spelling(name, outlet) is same


def test_the_name_counts_before_the_address(outlets):
    assert outlets.find("Le Point", "https://www.lefigaro.fr/1").outlet == "Le Point"


def test_namesakes_are_told_apart_by_address_then_by_country_and_else_unknown(outlets):
    assert outlets.find("Le Nouvelliste") is None
    assert outlets.find("Le Nouvelliste", "https://www.lenouvelliste.ch/1").owner == "ESH Médias"
    assert outlets.find("Le Nouvelliste", None, "ca").country == "CA"
    assert outlets.find("20 Minutes", "https://exemple.org", "CH").owner == "TX Group (Tamedia)"
    both = outlets.find("Nord Eclair")
    assert (both.owner, both.country) == ("Rossel", None)


@pytest.mark.parametrize(
    ("outlet", "url"), [(None, None), ("", ""), ("Feuille rare", None), (None, "https://exemple.org")]
)
def test_what_is_not_known_is_none(outlets, outlet, url):
    assert outlets.find(outlet, url) is None


def test_a_file_of_the_user_adds_and_replaces(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text(
        "\ufeffoutlet,domain,owner,country\nLe Point,lepoint.fr,Moi,FR\nGazette d'Ici,gazette.example,Moi,BE\n"
    )
    outlets = Outlets.load(path)
    assert outlets.find("Le Point").owner == outlets.find(url="https://www.lepoint.fr/x").owner == "Moi"
    assert outlets.find("La Gazette d’Ici").country == "BE"
    assert outlets.find("Le Figaro").country == "FR"


def test_a_file_without_the_columns_stops_with_its_name(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("nom;groupe\nLe Point;Moi\n")
    with pytest.raises(ValueError, match=r"mine\.csv.*outlet, domain, owner, country.*missing: outlet, owner"):
        Outlets.load(path)


def test_every_shipped_row_is_whole_and_no_domain_has_two_owners():
    text = resources.files("dedup.intake").joinpath("outlets.csv").read_text("utf-8")
    owners = {}
    for row in csv.DictReader(text.splitlines()):
        assert all(row.values()) and row["country"] in ("FR", "BE", "CH", "CA", "LU", "MC")
        assert row["domain"] == row["domain"].lower() == domain_of("https://www." + row["domain"] + "/x")
        assert owners.setdefault(row["domain"], (row["owner"], row["country"])) == (row["owner"], row["country"])


@pytest.mark.parametrize(
    ("url", "domain"),
    [("https://user@www.lemonde.fr:8080/a?b", "lemonde.fr"), ("lemonde.fr/a", "lemonde.fr"),
     ("//x.lemonde.fr", "x.lemonde.fr"), ("rien", None), ("", None)],
)  # fmt: skip
def test_the_host_is_found_in_an_address(url, domain):
    assert domain_of(url) == domain
