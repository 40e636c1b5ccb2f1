"""Why a text is taken for what it is taken for, in short sentences, in English and in French."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from dedup.pipeline.answer import Known


def reasons(passages: Sequence[Known], credit: dict[str, Any], n_words: int, language: str) -> list[str]:
    """Why the text is taken for what it is taken for, in short sentences; ``language`` is "en" or "fr"."""
    say = _SENTENCES[language]
    titles = {source.article_id: source.title for passage in passages for source in passage.sources}

    def called(article_id: str) -> str:
        """An article by its headline; by its id when it has none."""
        title = " ".join((titles.get(article_id) or "").split())
        return say["headline"].format(title=title if len(title) <= 90 else f"{title[:89]}…") if title else article_id

    solid = [passage for passage in passages if passage.kind != "reworded"]
    told = []
    if not solid:
        told.append(say["nothing"])
    dispatches: Counter[tuple[str, str]] = Counter()
    for passage in solid:
        first = passage.sources[0]
        if first.is_wire:
            dispatches[first.article_id, first.agency or ""] += passage.n_words
    for (article_id, agency), count in dispatches.most_common(3):
        told.append(say["dispatch"].format(share=_percent(count, n_words), name=called(article_id), agency=agency))
    others = [passage for passage in solid if not passage.sources[0].is_wire]
    if others:
        count, n_outlets = sum(passage.n_words for passage in others), max(passage.n_outlets for passage in others)
        told.append(
            say["articles" if n_outlets > 1 else "one outlet"].format(share=_percent(count, n_words), outlets=n_outlets)
        )
    attested: Counter[tuple[str, str]] = Counter()
    for passage in others:
        if passage.evidence == "attested":
            attested[passage.witness or "", passage.agency or ""] += passage.n_words
    for (article_id, agency), count in attested.most_common(3):
        told.append(say["attested"].format(share=_percent(count, n_words), name=called(article_id), agency=agency))
    if not dispatches and not attested and any(passage.evidence == "suspected" for passage in others):
        told.append(say["suspected"])
    if any(passage.kind == "quotation" for passage in solid):
        told.append(say["quotation"])
    if len(solid) < len(passages):
        told.append(say["reworded"])
    told.append(say[credit["credit_status"]].format(agency=credit["credited_agency"] or ""))
    return told


_SENTENCES = {
    "en": {
        "headline": "“{title}”",
        "nothing": "no passage of it stands in an article of the store",
        "dispatch": "{share} of its words are in passages of the dispatch {name} ({agency})",
        "articles": "{share} of its words are in passages that articles print ({outlets} outlets at most), "
        "but no dispatch",
        "one outlet": "{share} of its words are in passages that one outlet prints, but no dispatch",
        "attested": "{share} of its words stand in {name}, which is credited to {agency}",
        "suspected": "it reads like agency copy; no dispatch and no credit says so",
        "quotation": "a passage shares only the words of a quotation, which two reporters may have taken down",
        "reworded": "some sentences are alike by their rare words only, which is often wrong",
        "credited_full": "it credits {agency} in full",
        "credited_partial": "it credits {agency} in part",
        "in_text_only": "it names an agency inside the text only",
        "photo_only": "it credits an agency for a picture only",
        "none": "it credits no agency",
    },
    "fr": {
        "headline": "« {title} »",
        "nothing": "aucun de ses passages ne figure dans un article du fonds",
        "dispatch": "{share} de ses mots sont dans des passages de la dépêche {name} ({agency})",
        "articles": "{share} de ses mots sont dans des passages imprimés par des articles ({outlets} médias au plus), "
        "mais par aucune dépêche",
        "one outlet": "{share} de ses mots sont dans des passages imprimés par un seul média, mais par aucune dépêche",
        "attested": "{share} de ses mots se trouvent dans {name}, crédité à {agency}",
        "suspected": "il se lit comme de l'agence ; ni dépêche ni crédit ne le dit",
        "quotation": "un passage ne partage que les mots d'une citation, que deux journalistes ont pu noter",
        "reworded": "des phrases ne se ressemblent que par leurs mots rares, ce qui trompe souvent",
        "credited_full": "il crédite {agency} pleinement",
        "credited_partial": "il crédite {agency} en partie",
        "in_text_only": "il ne nomme une agence que dans le texte",
        "photo_only": "il ne crédite une agence que pour une image",
        "none": "il ne crédite aucune agence",
    },
}


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / max(whole, 1):.0f} %"
