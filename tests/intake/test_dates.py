"""Dates: forms, precision, zones, printed dates, intervals."""

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from dedup.intake.dates import interval, parse_date, whole_day
from dedup.intake.printed_dates import is_live_blog, printed_date
from dedup.schemas import TIME

DATA = Path(__file__).parents[3] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.exists(), reason="the labelled press texts are not here")


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2024-06", (utc(2024, 6, 1), "month")),
        ("juin 2024", (utc(2024, 6, 1), "month")),
        ("06/2024", (utc(2024, 6, 1), "month")),
        ("2024-06-19", (utc(2024, 6, 19), "day")),
        ("2024/06/19", (utc(2024, 6, 19), "day")),
        ("20240619", (utc(2024, 6, 19), "day")),
        (20240619, (utc(2024, 6, 19), "day")),
        ("2024-06-19T13:16", (utc(2024, 6, 19, 11, 16), "minute")),
        ("2024-01-19 13:16", (utc(2024, 1, 19, 12, 16), "minute")),
        ("2024-06-19T13:16:05", (utc(2024, 6, 19, 11, 16, 5), "second")),
        ("2024-06-19T13:16:05.5Z", (utc(2024, 6, 19, 13, 16, 5, 500_000), "second")),
        ("2024-06-19T13:16:05-04:00", (utc(2024, 6, 19, 17, 16, 5), "second")),
        ("2024-06-19 13:16:05+0530", (utc(2024, 6, 19, 7, 46, 5), "second")),
        ("20240619131605", (utc(2024, 6, 19, 11, 16, 5), "second")),
        ("Wed, 19 Jun 2024 13:16:00 +0200", (utc(2024, 6, 19, 11, 16), "second")),
        ("Wed, 19 Jun 2024 13:16:00 GMT", (utc(2024, 6, 19, 13, 16), "second")),
        ("19 juin 2024", (utc(2024, 6, 19), "day")),
        ("mercredi 19 juin 2024", (utc(2024, 6, 19), "day")),
        ("1er mars 2025", (utc(2025, 3, 1), "day")),
        ("11 déc. 2018", (utc(2018, 12, 11), "day")),
        ("3 AOÛT 2019", (utc(2019, 8, 3), "day")),
        ("19/06/2024 à 13h16", (utc(2024, 6, 19, 11, 16), "minute")),
        ("19.06.2024 à 13:16 heures", (utc(2024, 6, 19, 11, 16), "minute")),
        ("Le 19 juin 2024 à 8 h 30", (utc(2024, 6, 19, 6, 30), "minute")),
        ("19 juin 2024, 8h", (utc(2024, 6, 19, 6), "minute")),
        (1718795760, (utc(2024, 6, 19, 11, 16), "second")),
        ("1718795760000", (utc(2024, 6, 19, 11, 16), "second")),
        (1718795760.5, (utc(2024, 6, 19, 11, 16, 0, 500_000), "second")),
        (date(2024, 6, 19), (utc(2024, 6, 19), "day")),
        (datetime(2024, 6, 19, 13, 16, 5), (utc(2024, 6, 19, 11, 16, 5), "second")),
        (datetime(2024, 6, 19, 13, 16, tzinfo=timezone(timedelta(hours=-4))), (utc(2024, 6, 19, 17, 16), "second")),
        ("1846-07-29", (utc(1846, 7, 29), "day")),
    ],
)  # fmt: skip
def test_every_form_gives_its_time_and_no_more_precision_than_it_has(written, expected):
    assert parse_date(written) == expected


@pytest.mark.parametrize("nothing", [None, "", "  ", "null", "NaN", float("nan"), "n/a"])
def test_a_word_for_nothing_is_no_date(nothing):
    assert parse_date(nothing) == (None, "none")


@pytest.mark.parametrize(
    "written",
    ["2024-02-30", "2024-13-01", "31/02/2024", "06/19/2024", "2024-06-19T25:00", "2018", 0, True, "hier", "3024-01-01",
     "1er mars 2025 à 26h00", "2024-06-19T10:00+99:00", "99999999999999999999999", {"jour": 3}],
)  # fmt: skip
def test_an_impossible_date_says_what_came(written):
    with pytest.raises(ValueError, match=r"date|dict|bool"):
        parse_date(written)


def test_midnight_without_a_zone_is_a_day_and_with_a_zone_a_time():
    assert parse_date("2018-12-11T00:00:00") == (utc(2018, 12, 11), "day")
    assert parse_date(datetime(2018, 12, 11)) == (utc(2018, 12, 11), "day")
    assert parse_date("2018-12-11T00:00:00Z") == (utc(2018, 12, 11), "second")


def test_a_time_without_zone_is_local_time_of_the_given_zone():
    assert parse_date("2024-01-19T08:00", "America/Toronto")[0] == utc(2024, 1, 19, 13)


def test_interval_covers_the_local_day_and_month():
    stored = [utc(2024, 6, 19), utc(2024, 6, 1), utc(2024, 6, 19, 11, 16), utc(2024, 6, 19, 11, 16, 5), None]
    published = pa.array(stored, TIME)
    low, high = interval(published, pa.array(["day", "month", "minute", "second", "none"]))
    moments = [[utc(1970, 1, 1) + timedelta(seconds=s) for s in side.to_pylist()[:4]] for side in (low, high)]
    assert moments == [
        [utc(2024, 6, 18, 22), utc(2024, 5, 31, 22), utc(2024, 6, 19, 11, 16), utc(2024, 6, 19, 11, 16, 5)],
        [utc(2024, 6, 19, 21, 59, 59), utc(2024, 6, 30, 21, 59, 59), utc(2024, 6, 19, 11, 16, 59),
         utc(2024, 6, 19, 11, 16, 5)],
    ]  # fmt: skip
    assert low[4].as_py() is None and high[4].as_py() is None
    assert low.type == high.type == pa.int64()


def test_interval_honours_the_country_and_the_change_of_clocks():
    published = pa.array([utc(2018, 12, 7), utc(2018, 12, 7), utc(2024, 3, 31), utc(2024, 10, 27)], TIME)
    low, high = interval(published, ["day"] * 4, pa.array(["CA", "XX", "FR", None]))
    assert low[0].as_py() - low[1].as_py() == 6 * 3600
    assert [h.as_py() - lo.as_py() + 1 for lo, h in zip(low, high, strict=True)] == [86400, 86400, 23 * 3600, 25 * 3600]


def test_interval_takes_slices_chunks_and_numpy_alike():
    moments = pa.array([utc(2020, 1, day) for day in range(1, 9)], TIME)
    kinds = pa.array(["day", "second"] * 4)
    whole = interval(moments, kinds)
    assert interval(pa.chunked_array([moments[:3], moments[3:]]), pa.chunked_array([kinds])) == whole
    assert interval(np.asarray(moments), kinds) == whole
    assert interval(moments.slice(2, 3), kinds.slice(2, 3)) == tuple(side.slice(2, 3) for side in whole)
    assert interval(moments[:0], kinds[:0]) == (pa.array([], pa.int64()),) * 2


@pytest.mark.parametrize("seed", range(3))
def test_the_interval_of_a_day_contains_every_moment_of_it(seed):
    rng = np.random.default_rng(seed)
    for second in rng.integers(1_000_000_000, 1_800_000_000, 50).tolist():
        moment = datetime.fromtimestamp(second, UTC)
        from zoneinfo import ZoneInfo

        local = moment.astimezone(ZoneInfo("America/Toronto"))
        for form, precision in (("%Y-%m", "month"), ("%Y-%m-%d", "day"), ("%Y-%m-%dT%H:%M%z", "minute")):
            parsed, found = parse_date(local.strftime(form), "America/Toronto")
            low, high = interval(pa.array([parsed], TIME), [found], "CA")
            assert found == precision and low[0].as_py() <= second <= high[0].as_py()


BODY = "La foire aux oignons a ouvert ses portes.\nLe maire s'est dit ravi.\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Titre\nPublié: 19.06.2024 à 13:16 heures\n" + BODY, (utc(2024, 6, 19, 11, 16), "minute", "printed")),
        (" date 2024-06 " + BODY, (utc(2024, 6, 1), "month", "printed")),
        ("Date : 2024-06-19\n" + BODY, (utc(2024, 6, 19), "day", "printed")),
        ("Publié le 19 juin 2024 à 8h30\n" + BODY, (utc(2024, 6, 19, 6, 30), "minute", "printed")),
        ("Publié le 19 juin 2024\n" + BODY, (utc(2024, 6, 19), "day", "printed")),
        ("Mis à jour le 20/06/2024 à 9h\nPublié le 19/06/2024\n" + BODY, (utc(2024, 6, 19), "day", "printed")),
        ("Publié le 19 juin 2024 à 8h30, mis à jour le 20 juin 2024 à 9h00\n" + BODY,
         (utc(2024, 6, 19, 6, 30), "minute", "printed")),
        ("Par Zoé Roux | Publié le 19/06/2024 à 08:30\n" + BODY, (utc(2024, 6, 19, 6, 30), "minute", "printed")),
        ("Titre\nMercredi 19 juin 2024\n" + BODY, (utc(2024, 6, 19), "day", "printed")),
        (BODY + "Mis en ligne le 19/06/2024 à 08:30", (utc(2024, 6, 19, 6, 30), "minute", "printed")),
        ("PARIS, 19 juin 2024 (AFP) - " + BODY, (utc(2024, 6, 19), "day", "dateline")),
        ("Titre\nLe Puy-en-Velay, 11 déc 2018 (AFP) - " + BODY, (utc(2018, 12, 11), "day", "dateline")),
        ("Genève, 19.06.2024 (ats/nxp) " + BODY, (utc(2024, 6, 19), "day", "dateline")),
    ],
)  # fmt: skip
def test_a_date_that_an_article_prints_about_itself_is_read(text, expected):
    assert printed_date(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        BODY,
        "",
        "Mis à jour le 19 juin 2024 à 8h30\n" + BODY,
        "Publié le 12 mars 2018, le rapport de la commission était sévère.\n" + BODY,
        "Publié le 12 mars 2018 par un éditeur de Nantes, le livre a plu. Il se vend bien.\n" + BODY,
        "Le livre, publié le 12 mars 2018 à Nantes, a plu.\n" + BODY,
        "Le rapport, publié le 12 mars 2018 à 10h00, est sévère.\n" + BODY,
        "La date du 24 mai 2014 est restée.\n" + BODY,
        "Le 19 juin 2024, la foire a ouvert.\n" + BODY,
        "17 novembre 2018\nPremier acte.\n24 novembre 2018\nDeuxième acte.\n",
        "PARIS, 19 juin (AFP) - " + BODY,
        BODY + "Une élue (@elue) 1 décembre 2018 (afp/nxp)",
        "Publié le 45 juin 2024\n" + BODY,
        BODY * 100 + "Publié le 19 juin 2024 à 8h30\n" + BODY * 100,
    ],
)
def test_a_date_in_running_prose_is_not_the_article_s_own(text):
    assert printed_date(text) is None


def test_a_printed_time_is_local_time_of_the_given_zone():
    assert printed_date("Publié le 19 juin 2024 à 8h30\n" + BODY, "America/Toronto")[0] == utc(2024, 6, 19, 12, 30)


@needs_data
def test_the_real_articles_give_the_dates_they_print_and_no_other():
    folder = DATA / "pyongyang2024" / "articles"
    found = {path.stem: printed_date(path.read_text("utf-8")) for path in folder.glob("*.txt")}
    assert found.pop("002") == (utc(2024, 6, 19, 11, 16), "minute", "printed")
    assert found.pop("003") == (utc(2024, 6, 1), "month", "printed")
    assert set(found.values()) == {None}


MORNING = utc(2025, 3, 12, 9, 20)


@pytest.mark.parametrize(
    ("written", "moment", "precision"),
    [
        # abbreviated weekdays
        ("mer. 12 mars 2025 10:20", MORNING, "minute"),
        ("mer 12 mars 2025", utc(2025, 3, 12), "day"),
        ("Mer. 12 mars 2025 à 10h20", MORNING, "minute"),
        ("jeu. 2 sept. 2021 10:34", utc(2021, 9, 2, 8, 34), "minute"),
        ("dim. 1er févr. 2026", utc(2026, 2, 1), "day"),
        ("mar. 11 mars 2025", utc(2025, 3, 11), "day"),
        ("lun.17/03/2025", utc(2025, 3, 17), "day"),
        # zones by name, offset and place
        ("Wed, 12 Mar 2025 10:20:00 CET", MORNING, "second"),
        ("Thu, 12 Jun 2025 10:20:00 CEST", utc(2025, 6, 12, 8, 20), "second"),
        ("Wed, 12 Mar 2025 09:20:00 GMT", MORNING, "second"),
        ("Wed, 12 Mar 2025 09:20:00 UT", MORNING, "second"),
        ("Wed Mar 12 05:20:00 AST 2025", MORNING, "second"),
        ("12 Mar 2025 04:20 EST", MORNING, "minute"),
        ("12 mars 2025 - 04:20 HNE", MORNING, "minute"),
        ("12 mars 2025 à 10h20 (heure de Paris)", MORNING, "minute"),
        ("12 mars 2025 10h20 (UTC+1)", MORNING, "minute"),
        ("12 mars 2025 11:20 GMT+0200", MORNING, "minute"),
        ("2025-03-12 10:20 CET", MORNING, "minute"),
        ("2025-03-12T10:20:00 Europe/Paris", MORNING, "second"),
        ("2025-03-12 10:20:00 +01:00", MORNING, "second"),
        # midnight is a day, unless a zone is named
        ("12/03/2025 00:00:00", utc(2025, 3, 12), "day"),
        ("12/03/2025 0:00", utc(2025, 3, 12), "day"),
        ("12 mars 2025 à 00h00", utc(2025, 3, 12), "day"),
        ("12 mars 2025 00h00 CET", utc(2025, 3, 11, 23), "minute"),
        # the other languages of the press
        ("12. März 2025, 10:20 Uhr", MORNING, "minute"),
        ("Mittwoch, 12. März 2025", utc(2025, 3, 12), "day"),
        ("12 de marzo de 2025", utc(2025, 3, 12), "day"),
        ("12 marzo 2025 ore 10:20", MORNING, "minute"),
        ("12 maart 2025 10:20", MORNING, "minute"),
        ("March 12, 2025 10:20 AM", MORNING, "minute"),
        ("March 12, 2025", utc(2025, 3, 12), "day"),
    ],
)
def test_a_date_is_read_as_the_press_writes_it(written, moment, precision):
    assert parse_date(written) == (moment, precision)


@pytest.mark.parametrize(
    "written",
    [
        "Wed, 12 Mar 2025 10:20:00 IST",
        "12 mars 2025 11:00 heure de Nullepart",
        "2025-03-12 10:20 Mars/Olympus",
        "il y a 3 heures",
        "mars 2025 quelque chose",
        "12 mars 2025 11:00 +15:00",
    ],
)
def test_a_zone_or_a_form_that_is_not_known_is_an_error(written):
    with pytest.raises(ValueError, match="date"):
        parse_date(written)


@pytest.mark.parametrize(
    "head",
    [
        "Il y a cent ans, la dernière nuit de guerre\n11 novembre 1918",
        "La nuit de l'armistice\n11 novembre 1918",
        "Le jour où le pont est tombé\n3 mars 2005",
        "Dix ans après la crue\nLe 14 juin 2010",
        "Retour sur un vote\n29 mai 2005",
    ],
)
def test_a_day_of_the_story_is_no_date_of_publication(head):
    assert printed_date(head + "\nLe conseil municipal a voté la fermeture du pont.\nLa mairie se tait.") is None


@pytest.mark.parametrize(
    "value",
    [
        "Publié le 3 févr. 2031 à 18h05 (heure de Paris)",
        "Mis à jour le lundi 3 février 2031 à 18h05",
        "publié le 03/02/2031 à 18:05, mis à jour le 04/02/2031 à 9:12",
        "Published on 3 Feb 2031 18:05",
        "Article publié le : 2031-02-03 18:05 - modifié à 19h12",
    ],
)
def test_words_around_a_date_do_not_hide_it(value):
    assert parse_date(value) == (utc(2031, 2, 3, 17, 5), "minute")


def test_a_day_alone_under_the_title_is_the_date_of_the_page():
    assert printed_date("Le vieux pont ferme\n12 mars 2025\nLe conseil a voté.") == (
        utc(2025, 3, 12),
        "day",
        "printed",
    )


ENTRY = "Le conseil municipal a voté la fermeture du pont."


@pytest.mark.parametrize(
    "form",
    [
        "{:02d}h{:02d} - Un vote",
        "{:02d}:{:02d}",
        "[{:02d}h{:02d}] Un vote",
        "{}h{:02d} : un vote",
        "À {}h{:02d} : un vote",
        "12/03 {:02d}:{:02d}",
        "12 mars, {:02d}:{:02d}",
        "Mercredi 12 mars 2025 à {}h{:02d}",
        "Publié à {} h {:02d}",
    ],
)
@pytest.mark.parametrize("turn", [1, -1])
def test_entries_with_their_own_times_make_a_live_blog(form, turn):
    entries = [
        f"{form.format(hour, minute)}\n{ENTRY}" for hour, minute in [(9, 5), (11, 40), (15, 20), (17, 10)][::turn]
    ]
    assert is_live_blog("DIRECT - La journée\n" + "\n".join(entries))


def test_entries_may_hold_their_text_in_one_line_and_run_past_midnight():
    said = "Le conseil municipal de la vallée a voté mardi soir la fermeture du vieux pont de bois."
    inline = "\n".join(f"[{time}] {said}" for time in ("17:25", "16:50", "07:45"))
    mixed = f"Direct\n18h10\n{said}\n15 heures 40 : {said}\n08h00\n{said}"
    night = "\n".join(f"{time} - Un vote\n{said}" for time in ("22h40", "23h55", "0h20", "1h05"))
    assert all(map(is_live_blog, (inline, mixed, night)))
    assert not is_live_blog("\n".join(f"{time} - Un vote\n{said}" for time in ("12h40", "10h10", "11h00", "9h00")))


@pytest.mark.parametrize(
    "text",
    [
        "Le pont ferme\n" + "\n".join([ENTRY] * 8),
        "Le programme\n20h50 Un film\n22h30 Un débat\n23h40 Un concert\n" + ENTRY,
        f"10h00 - Un vote\n{ENTRY}\n11h00 - Un autre\n{ENTRY}",
        "\n".join(
            f"À {hour}h15, {ENTRY} Il a voté aussi celle du bac, des deux quais et du lavoir." for hour in (9, 10, 12)
        ),
        f"12 000 élus\n{ENTRY}\n15 maires\n{ENTRY}\n20 voix\n{ENTRY}",
        "",
    ],
)
def test_lists_of_times_and_other_texts_are_no_live_blog(text):
    assert not is_live_blog(text)


def test_the_day_of_a_moment_is_that_of_the_place():
    assert whole_day(utc(2025, 3, 11, 23, 30), "Europe/Paris") == utc(2025, 3, 12)
