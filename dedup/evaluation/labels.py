"""Files of labels -> labels in one form, whatever corpus they were made for.

A folder of labels holds any of ``LABEL_FILES``: passages, articles and credits of a sample, pairs of articles with
their common text, exhaustively labelled pairs of spans, or the truth of an invented corpus. Each file's own names
end in this module.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

POSITIVE = frozenset({"derived", "background", "house"})
"""Labels of a passage that was copied; quote, incidental, independent and boilerplate were not."""

LABEL_FILES = (
    "passage_pairs.jsonl",
    "passages.jsonl",
    "article_labels.jsonl",
    "credits.jsonl",
    "credit_status.jsonl",
    "reference_pairs.jsonl",
    "pairs.jsonl",
    "articles.jsonl",
    "truth.jsonl",
    "truth_articles.jsonl",
)
"""Files that a folder of labels may hold; the measures of those it does not hold are left out."""

KINDS = {
    "full_credit": "full",
    "partial_credit": "partial",
    "in_text_attribution": "in_text",
    "photo_credit": "photo",
    "other_mention": "other",
}
"""Kinds of mention as the labels name them -> as the credits table names them."""


class LabelsError(ValueError):
    """Labels that cannot be read or do not belong to the run; the message says where and what was expected."""


@dataclass(frozen=True)
class Labels:
    """Labels of one or several folders, in one form. A pair's spans carry the column names of MATCHES.

    ``spans``: exhaustively labelled pairs (key ``tier``; every other match among ``span_articles`` is false, but for
    those that follow by chaining when ``chained``); ``passages``: a sample of pairs with a ``label``; ``articles``,
    ``statuses`` and ``mentions``: by article; ``reference``: pairs of articles with the shares of their common text;
    ``ocr``: articles with every agency mention labelled in the text's code points; ``carried``: the largest share of
    an article that stands in one dispatch of ``wires``, for runs from which the dispatches are hidden; ``origins``:
    pairs of passages with the ``origin`` of their prose.
    """

    spans: list[dict[str, Any]] = field(default_factory=list)
    span_articles: set[str] = field(default_factory=set)
    passages: list[dict[str, Any]] = field(default_factory=list)
    articles: dict[str, dict[str, Any]] = field(default_factory=dict)
    statuses: dict[str, str] = field(default_factory=dict)
    mentions: list[dict[str, Any]] = field(default_factory=list)
    mention_articles: set[str] = field(default_factory=set)
    precisions: dict[str, str] = field(default_factory=dict)
    outsiders: set[str] = field(default_factory=set)
    reference: list[dict[str, Any]] = field(default_factory=list)
    ocr: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    wires: set[str] = field(default_factory=set)
    carried: dict[str, float] = field(default_factory=dict)
    origins: list[dict[str, Any]] = field(default_factory=list)

    def article_ids(self) -> set[str]:
        """Every article that a label names."""
        pairs = [*self.spans, *self.passages, *self.reference, *self.origins]
        return {
            *(row[side] for row in pairs for side in ("left_article_id", "right_article_id")),
            *self.span_articles,
            *self.articles,
            *self.statuses,
            *self.mention_articles,
            *self.precisions,
            *self.ocr,
        }

    def within(self, known: set[str]) -> Labels:
        """The labels whose articles are all known; ``wires`` stays whole, to tell which dispatches are hidden."""

        def pairs(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
            return [row for row in rows if row["left_article_id"] in known and row["right_article_id"] in known]

        return Labels(
            spans=pairs(self.spans),
            span_articles=self.span_articles & known,
            passages=pairs(self.passages),
            articles={name: row for name, row in self.articles.items() if name in known},
            statuses={name: status for name, status in self.statuses.items() if name in known},
            mentions=[row for row in self.mentions if row["article_id"] in known],
            mention_articles=self.mention_articles & known,
            precisions={name: precision for name, precision in self.precisions.items() if name in known},
            outsiders=self.outsiders & known,
            reference=pairs(self.reference),
            ocr={name: rows for name, rows in self.ocr.items() if name in known},
            wires=self.wires,
            carried={name: share for name, share in self.carried.items() if name in known},
            origins=pairs(self.origins),
        )


def load_labels(folders: Path | Sequence[Path]) -> Labels:
    """Read every label file of the folders; files of other names are left alone."""
    folders = [Path(folders)] if isinstance(folders, str | Path) else [Path(folder) for folder in folders]
    labels, read = Labels(), 0
    for folder in folders:
        if not folder.is_dir():
            seen = "a file" if folder.exists() else "nothing"
            raise LabelsError(f"{folder}: expected a folder of labels, found {seen}")
        files = [folder / name for name in LABEL_FILES if (folder / name).is_file()]
        if not files:
            raise LabelsError(f"{folder}: no file of labels in it, expected one of {', '.join(LABEL_FILES)}")
        for file in files:
            for number, row in enumerate(_json_lines(file), 1):
                try:
                    _READERS[file.name](labels, row)
                except (KeyError, TypeError) as error:
                    raise LabelsError(f"{file}, line {number}: {error!r} in a row of labels") from error
                read += 1
    if not read:
        raise LabelsError(f"{', '.join(map(str, folders))}: the files of labels are empty")
    return labels


def _read_passage_pair(labels: Labels, row: Mapping[str, Any]) -> None:
    labels.passages.append(
        {
            "id": row.get("pair_id"),
            "left_article_id": row["doc_a"],
            "left_paragraph": row["par_a"],
            "left_begin": row["start_a"],
            "left_end": row["end_a"],
            "right_article_id": row["doc_b"],
            "right_paragraph": row["par_b"],
            "right_begin": row["start_b"],
            "right_end": row["end_b"],
            "label": row["label"],
            "edit_class": row.get("edit_class"),
            "stratum": row.get("stratum"),
        }
    )


def _read_origin(labels: Labels, row: Mapping[str, Any]) -> None:
    ends = {"article_id": "doc", "paragraph": "par", "begin": "start", "end": "end"}
    sides = {"left": "a", "right": "b"}
    pair = {f"{side}_{name}": row[f"{end}_{of}"] for side, of in sides.items() for name, end in ends.items()}
    labels.origins.append({**pair, "origin": row["origin"]})


def _read_article_label(labels: Labels, row: Mapping[str, Any]) -> None:
    labels.articles[row["doc_id"]] = {
        "derivation": row["derivation"],
        "share": row["share_estimate"],
        "afp_share": row["afp_share"],
        "agency": row["agency"],
        "sources": set(row["wire_doc_ids"]),
        "paragraphs": set(row.get("derived_paragraphs") or ()),
    }


def _read_mention(labels: Labels, row: Mapping[str, Any]) -> None:
    if row.get("optional"):
        return
    labels.mentions.append(
        {
            "article_id": row["doc_id"],
            "paragraph": row["par"],
            "begin": row["start"],
            "end": row["end"],
            "kind": KINDS.get(row["kind"], row["kind"]),
            "agency": row["agency"],
        }
    )
    labels.mention_articles.add(row["doc_id"])


def _read_status(labels: Labels, row: Mapping[str, Any]) -> None:
    status = {"full": "credited_full", "partial": "credited_partial"}.get(row["status"], row["status"])
    labels.statuses[row["doc_id"]] = status
    labels.mention_articles.add(row["doc_id"])


def _read_reference(labels: Labels, row: Mapping[str, Any]) -> None:
    labels.reference.append(
        {
            "left_article_id": row["a"],
            "right_article_id": row["b"],
            "left_share": row["cov_a"],
            "right_share": row["cov_b"],
            "cross_outlet": row["cross_outlet"],
        }
    )
    for carrier, dispatch in (("a", "b"), ("b", "a")):
        if row.get(f"{dispatch}_is_wire"):
            labels.wires.add(row[dispatch])
            share = max(labels.carried.get(row[carrier], 0.0), row[f"cov_{carrier}"])
            labels.carried[row[carrier]] = share


def _read_span_pair(labels: Labels, row: Mapping[str, Any]) -> None:
    left, right = row["left"], row["right"]
    labels.spans.append(
        {
            "id": row.get("pair"),
            "tier": row["tier"],
            "label": "derived",
            "required": True,
            "chained": False,
            "left_article_id": left["doc_id"],
            "left_paragraph": left["paragraph"],
            "left_begin": left["start"],
            "left_end": left["end"],
            "right_article_id": right["doc_id"],
            "right_paragraph": right["paragraph"],
            "right_begin": right["start"],
            "right_end": right["end"],
        }
    )
    labels.span_articles.update((left["doc_id"], right["doc_id"]))


def _read_article(labels: Labels, row: Mapping[str, Any]) -> None:
    # The same name serves the corpora themselves: only rows that hold a judgement are labels.
    name = str(row.get("doc_id") or row.get("id"))
    if "agency_mentions" in row:
        if row.get("language", "fr") == "fr":
            agencies = [m for m in row["agency_mentions"] if m["label"].startswith("org.ent.pressagency")]
            labels.ocr[name] = agencies
        return
    if "derivation" in row:
        labels.articles[name] = {
            "derivation": row["derivation"],
            "share": row.get("share_agency"),
            "afp_share": row.get("share_agency"),
            "agency": row.get("derivation_agency") or row.get("agency"),
            "sources": set(),
        }
        labels.statuses[name] = row["credit_status"]
        labels.mention_articles.add(name)
    if "derived" in row:
        derivation = {"whole": "wholly", "partial": "partially", "none": "non"}[row["derived"]]
        labels.articles[name] = {
            "derivation": derivation,
            "share": None,
            "afp_share": None,
            "agency": row.get("agency"),
            "sources": set(),
        }
        labels.span_articles.add(name)
        labels.precisions[name] = row.get("date_precision") or "none"
        if derivation == "non":
            labels.outsiders.add(name)
    if "credit" in row:
        partial = "avec" in str(row.get("credit_text")).lower()
        explicit = "credited_partial" if partial else "credited_full"
        labels.statuses[name] = {"explicit": explicit, "in_text": "in_text_only", "none": "none"}[row["credit"]]


def _read_truth(labels: Labels, row: Mapping[str, Any]) -> None:
    pair = {
        "left_article_id": row["source_article_id"],
        "left_paragraph": row["source_paragraph"],
        "left_begin": row["source_begin"],
        "left_end": row["source_end"],
        "right_article_id": row["article_id"],
        "right_paragraph": row["paragraph"],
        "right_begin": row["begin"],
        "right_end": row["end"],
        "label": row["label"],
        "edit_class": row.get("edit_class"),
    }
    copied = row["label"] in POSITIVE
    labels.spans.append({**pair, "tier": "copied" if copied else row["label"], "required": copied, "chained": True})
    labels.passages.append(pair)
    labels.span_articles.update((row["source_article_id"], row["article_id"]))


def _read_truth_article(labels: Labels, row: Mapping[str, Any]) -> None:
    name = row["article_id"]
    labels.articles[name] = {
        "derivation": row["derivation"],
        "share": None,
        "afp_share": None,
        "agency": row.get("agency"),
        "sources": set(row.get("sources") or ()),
    }
    labels.statuses[name] = row["credit_status"]
    labels.span_articles.add(name)


_READERS: dict[str, Callable[[Labels, Mapping[str, Any]], None]] = {
    "passage_pairs.jsonl": _read_passage_pair,
    "passages.jsonl": _read_origin,
    "article_labels.jsonl": _read_article_label,
    "credits.jsonl": _read_mention,
    "credit_status.jsonl": _read_status,
    "reference_pairs.jsonl": _read_reference,
    "pairs.jsonl": _read_span_pair,
    "articles.jsonl": _read_article,
    "truth.jsonl": _read_truth,
    "truth_articles.jsonl": _read_truth_article,
}


def _json_lines(file: Path) -> Iterable[dict[str, Any]]:
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                try:
                    row = json.loads(line)
                except json.JSONDecodeError as error:
                    raise LabelsError(f"{file}, line {number}: not JSON ({error})") from error
                if not isinstance(row, dict):
                    raise LabelsError(f"{file}, line {number}: expected an object, got {type(row).__name__}")
                yield row
