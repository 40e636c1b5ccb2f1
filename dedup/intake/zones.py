"""Names of places, agencies and time zones -> hours from UTC."""

from __future__ import annotations

from datetime import timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

ZONE = "Europe/Paris"
"""Zone of a time that names none, when neither agency nor country is known."""

ZONE_OF_AGENCY = {
    "afp": "Europe/Paris",
    "ats": "Europe/Zurich",
    "keystone-ats": "Europe/Zurich",
    "belga": "Europe/Brussels",
    "pc": "America/Toronto",
    "la presse canadienne": "America/Toronto",
    "qmi": "America/Toronto",
    "ap": "America/New_York",
    "aps": "Africa/Algiers",
    "map": "Africa/Casablanca",
    "tap": "Africa/Tunis",
    "ansa": "Europe/Rome",
    "efe": "Europe/Madrid",
    "kyodo": "Asia/Tokyo",
    "dpa": "Europe/Berlin",
}
"""Local time of an agency's time stamps, by folded name."""

ZONE_OF_COUNTRY = {
    "FR": "Europe/Paris",
    "BE": "Europe/Brussels",
    "CH": "Europe/Zurich",
    "LU": "Europe/Luxembourg",
    "MC": "Europe/Monaco",
    "CA": "America/Toronto",
    "GB": "Europe/London",
    "US": "America/New_York",
    "DZ": "Africa/Algiers",
    "MA": "Africa/Casablanca",
    "TN": "Africa/Tunis",
    "SN": "Africa/Dakar",
    "CI": "Africa/Abidjan",
    "CM": "Africa/Douala",
    "CD": "Africa/Kinshasa",
    "BF": "Africa/Ouagadougou",
    "ML": "Africa/Bamako",
    "LB": "Asia/Beirut",
    "HT": "America/Port-au-Prince",
    "MU": "Indian/Mauritius",
    "MG": "Indian/Antananarivo",
}
"""Local time of a country's outlets (in Canada that of Québec), by ISO 3166 letters."""

ZONE_NAMES = {
    **dict.fromkeys(("utc", "gmt", "ut", "z", "wet"), 0),
    **dict.fromkeys(("cet", "met", "mez", "wat", "west", "bst"), 1),
    **dict.fromkeys(("cest", "mest", "mesz", "eet", "cat", "sast"), 2),
    **dict.fromkeys(("eest", "eat", "msk", "trt"), 3),
    **dict.fromkeys(("ast", "edt", "hae", "hna"), -4),
    **dict.fromkeys(("adt", "haa"), -3),
    **dict.fromkeys(("est", "hne", "cdt", "hac"), -5),
    **dict.fromkeys(("cst", "hnc", "mdt", "har"), -6),
    **dict.fromkeys(("mst", "hnr", "pdt", "hap"), -7),
    **dict.fromkeys(("pst", "hnp"), -8),
}
"""Hours from UTC of the zone names that the press writes; a name that means several (IST) is left out."""
ZONE_PLACES = {
    "paris": "Europe/Paris",
    "bruxelles": "Europe/Brussels",
    "genève": "Europe/Zurich",
    "suisse": "Europe/Zurich",
    "montréal": "America/Toronto",
    "québec": "America/Toronto",
    "alger": "Africa/Algiers",
    "rabat": "Africa/Casablanca",
    "tunis": "Africa/Tunis",
    "dakar": "Africa/Dakar",
    "kinshasa": "Africa/Kinshasa",
    "londres": "Europe/London",
    "new york": "America/New_York",
}
"""Places of "heure de Paris"."""


@lru_cache(maxsize=64)
def zone_of(name: str) -> tzinfo:
    """A zone of the zone database, or an offset like +02:00."""
    if name[0] in "+-":
        return timezone(timedelta(hours=int(name[1:3]), minutes=int(name[4:])) * (-1 if name[0] == "-" else 1))
    return ZoneInfo(name)
