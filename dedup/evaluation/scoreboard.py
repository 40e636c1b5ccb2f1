"""A snapshot + labels -> one table of scores, with the LSH that users know beside the run.

``docs/method.md`` says what each measure means and which figures the labelled articles gave. Scoring reads the
tables of a snapshot and nothing else, so a run can be scored anywhere, again, and against new labels.
"""

from __future__ import annotations

import json
import operator
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from dedup import schemas
from dedup.config import Config
from dedup.evaluation import baselines
from dedup.evaluation.claims import score_claims
from dedup.evaluation.labels import Labels, LabelsError, load_labels
from dedup.evaluation.measures import SpanPair, ratio
from dedup.evaluation.scoring import (
    Detection,
    Detections,
    Places,
    Run,
    Scores,
    article_facts,
    judged_pairs,
    same_outlet,
    score,
    score_passages,
    score_reference,
    score_spans,
)
from dedup.store import disk, remote
from dedup.store.snapshot import Snapshot

LOWER_IS_BETTER = (
    "false_matches",
    "false_alarms",
    "absolute_error",
    "calibration_error",
    "brier",
    "photo_as_text",
    "granularity",
    "in_a_cluster",
    "found_naming_nobody",
    "suspected",
    "suspected_share",
    "wholly_thin",
    "uncredited_thin",
    "signed_nothing_found_derived",
    "signed_suspected",
    "own_called_derived",
    "wrong_agency",
    "cannot_be_told",
)
"""Last parts of the names of measures whose best value is the smallest."""


def evaluate(
    out: Path,
    labels: Path | Sequence[Path],
    *,
    compare: bool = True,
    candidates: pa.Table | bool = False,
    sample: int = 200,
    write: Path | bool = True,
    cache: Path | None = None,
) -> dict[str, Any]:
    """Score the newest snapshot of ``out`` against one or several folders of labels.

    ``compare`` scores document- and paragraph-level datasketch LSH on the same articles beside the run;
    ``candidates`` adds the recall of the candidate stage apart from the alignment stage, against brute force over
    ``sample`` articles: true to find the candidate pairs once more with the run's own settings, or a table of them
    (columns left_article_id, right_article_id). Pairs further apart in time than the run's ``window_days`` are not
    asked for. The result goes to ``latest/evaluation.json``, or to the path ``write``; ``write=False`` writes
    nothing. The baselines' pairs are kept in ``cache`` (``out/evaluation-cache`` unless said otherwise), because
    they depend on the articles alone.

    Returns a JSON object: ``measures`` and ``n`` by name, ``baselines`` by name of the baseline, ``details``
    (confusions and break-downs) and ``left_out`` (labels and measures that could not be used, and why).
    """
    out = remote.here(out)
    run = read_run(out)
    known, left_out = _known_labels(load_labels(labels), run)
    scores = score(run, known)
    score_claims(scores, known, run, Places(run.paragraphs, known.article_ids()))
    if candidates is not False:
        config = Config.model_validate(disk.read_manifest(disk.latest(out)).get("config") or {})
        listed = candidate_pairs(run, config) if candidates is True else candidates
        _score_candidates(scores, run, listed, sample, config.window_days)
    result: dict[str, Any] = {
        "measures": scores.values,
        "n": scores.n,
        "baselines": score_baselines(run, known, cache or Path(out) / "evaluation-cache") if compare else {},
        "details": scores.details,
        "left_out": left_out,
    }
    if write:
        file = disk.latest(out) / "evaluation.json" if write is True else Path(write)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return result


def misses(out: Path, labels: Path | Sequence[Path], text: bool = False) -> list[dict[str, Any]]:
    """Labelled things that the run did not find, one row each, to be read one by one.

    Every row names its ``measure``; rows of pairs carry the spans under the column names of MATCHES, and with
    ``text`` the words of both sides.
    """
    return _rows_to_read(out, labels, "misses", text)


def false_alarms(out: Path, labels: Path | Sequence[Path], text: bool = False) -> list[dict[str, Any]]:
    """Things that the run reported and the labels deny, in the form of ``misses``."""
    return _rows_to_read(out, labels, "false_alarms", text)


def format_report(result: Mapping[str, Any]) -> str:
    """The result of ``evaluate`` as a table to read: one line a measure, the baselines beside the run."""
    columns = ["dedup", *result["baselines"]]
    by_column = {"dedup": result["measures"], **result["baselines"]}
    names = list(result["measures"])
    width = max([len(name) for name in names] + [7])
    heads = [f"{column:>{max(9, len(column))}}" for column in columns]
    lines = ["  ".join(["measure".ljust(width), f"{'n':>6}", *heads])]
    section = ""
    for name in names:
        if name.split(".")[0] != section:
            section = name.split(".")[0]
            lines.append("")
        cells = [_cell(by_column[column].get(name)).rjust(max(9, len(column))) for column in columns]
        lines.append("  ".join([name.ljust(width), f"{result['n'][name]:>6}", *cells]).rstrip())
    for title, table in result["details"].get("confusions", {}).items():
        lines += ["", *_confusion_lines(title, table)]
    lines += ["", *(f"left out: {what}" for what in result["left_out"])] if result["left_out"] else []
    return "\n".join(lines) + "\n"


def format_rows(rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows of ``misses`` or ``false_alarms`` as lines: measure, label, then articles and spans; no press text."""
    lines = []
    for row in rows:
        if "left_article_id" in row:
            sides = [_side_name(row, side) for side in ("left", "right")]
            where = " = ".join(sides)
        else:
            where = _side_name(row, "")
        facts = ("label", "predicted", "edit_class", "share", "days_apart")
        what = [f"{key}={row[key]}" for key in facts if row.get(key) is not None]
        lines.append("  ".join([row["measure"].ljust(20), where, *what]))
    return "\n".join(lines) + ("\n" if lines else "")


def lower_is_better(name: str) -> bool:
    """True for a measure of faults, false for a measure of hits."""
    return name.endswith(LOWER_IS_BETTER)


def read_run(out: Path) -> Run:
    """Read the tables of the newest snapshot that are scored. Articles, paragraphs and matches must be there."""
    latest = Snapshot.newest(out)
    tables = {name: latest.table(name) if latest.path(name) else None for name in Run.__dataclass_fields__}
    missing = [name for name in ("articles", "paragraphs", "matches") if tables[name] is None]
    if missing:
        raise FileNotFoundError(f"{latest.folder}: the snapshot holds no table {', '.join(missing)}")
    return Run(**tables)


def score_baselines(run: Run, labels: Labels, cache: Path | None = None) -> dict[str, dict[str, float]]:
    """Spans, passages and article pairs as datasketch's LSH finds them: over whole articles (128 values, word
    5-grams) and over paragraphs of 10 words and more (word 3-grams), each at a usual and at a low threshold.
    """
    places = Places(run.paragraphs, labels.article_ids())
    texts: dict[str, list[str]] = defaultdict(list)
    lines: dict[tuple[str, int], str] = {}
    columns = (run.paragraphs[name].to_pylist() for name in ("article_id", "paragraph", "text"))
    for article, paragraph, text in sorted(zip(*columns, strict=True)):
        texts[article].append(text)
        lines[article, paragraph] = text
    whole = baselines.cached_lsh_pairs(
        {article: "\n".join(parts) for article, parts in texts.items()}, (0.5, 0.3), 5, folder=cache
    )
    parts = baselines.cached_lsh_pairs(lines, (0.7, 0.5), 3, min_words=10, folder=cache)
    wanted = judged_pairs(labels, run)
    answers: dict[str, Detections] = {}
    for threshold, pairs in whole.items():
        spans = (_whole(places, left, right) for left, right in pairs if wanted(left, right))
        answers[f"articles {threshold}"] = _grouped(spans)
    for threshold, line_pairs in parts.items():
        spans = (
            places.pair(left, 0, None, right, 0, None)
            for left, right in line_pairs
            if left[0] != right[0] and wanted(left[0], right[0])
        )
        answers[f"paragraphs {threshold}"] = _grouped(spans)
    table = {}
    for name, found in answers.items():
        scores = Scores()
        score_spans(scores, labels, found, places)
        score_passages(scores, labels, found, places)
        score_reference(scores, labels, found, places, run.articles)
        table[name] = scores.values
    return table


def candidate_pairs(run: Run, config: Config) -> pa.Table:
    """The pairs that a run with these settings lets through to alignment (columns left_article_id, right_article_id).

    A run does not keep them; the same stages find them again from its articles and paragraphs.
    """
    from dedup.pipeline import compare

    paragraphs = run.paragraphs.combine_chunks()
    ids = run.articles["article_id"].combine_chunks()
    article = pc.index_in(paragraphs["article_id"].combine_chunks(), ids).to_numpy()
    pairs = compare.candidates(run.articles, paragraphs, config, article)
    sides = {f"{side}_article_id": ids.take(pairs[side].combine_chunks()) for side in ("left", "right")}
    return pa.table(sides)


def candidate_recall(
    run: Run,
    candidates: pa.Table,
    *,
    sample: int = 200,
    window_words: int = 16,
    shingle_size: int = 3,
    floor: float = 0.5,
    cross_outlet: bool = True,
    max_days: int | None = None,
) -> dict[str, Any]:
    """Which stage loses what: candidate pairs, then matches, against brute force over a sample of articles.

    The truth is ``baselines.sharing_pairs`` over the prose paragraphs (captions, credits, embeds and boilerplate
    left out): pairs of articles in which a run of ``window_words`` words of the sampled article has at least
    ``floor`` of its ``shingle_size``-word shingles inside one run of the other. ``cross_outlet`` leaves out pairs of
    one outlet, ``max_days`` pairs whose known dates lie further apart. ``candidates`` has the columns
    left_article_id and right_article_id, or left and right as CANDIDATE_PAIRS (rows of ``run.articles``).

    Returns ``n`` (pairs that truly share), ``candidate_recall`` (share of them that are candidates),
    ``alignment_recall`` (share of those candidates that have a match), ``recall`` (share of all that have a match),
    ``lost_by_candidates`` and ``lost_by_alignment`` (sorted pairs of article ids).
    """
    texts: dict[str, list[str]] = defaultdict(list)
    columns = (run.paragraphs[name].to_pylist() for name in ("article_id", "paragraph", "role", "text"))
    for article, _, role, text in sorted(zip(*columns, strict=True), key=operator.itemgetter(0, 1)):
        if role not in schemas.SET_APART:
            texts[article].append(text)
    truth = baselines.sharing_pairs(
        {article: "\n".join(parts) for article, parts in texts.items()},
        baselines.sample_ids(texts, sample),
        window_words,
        shingle_size,
        floor,
    )
    facts = article_facts(run.articles)
    if cross_outlet:
        truth = {pair for pair in truth if not same_outlet(facts[pair[0]]["outlet"], facts[pair[1]]["outlet"])}
    if max_days is not None:
        truth = {pair for pair in truth if not _apart(facts, *pair, max_days)}
    listed, matched = _candidate_set(candidates, run.articles), _pair_set(run.matches)
    kept = truth & listed
    return {
        "n": len(truth),
        "candidate_recall": ratio(len(kept), len(truth)),
        "alignment_recall": ratio(len(kept & matched), len(kept)),
        "recall": ratio(len(truth & matched), len(truth)),
        "lost_by_candidates": sorted(truth - listed),
        "lost_by_alignment": sorted(kept - matched),
    }


def _score_candidates(scores: Scores, run: Run, candidates: pa.Table, sample: int, max_days: int) -> None:
    for window_words in (16, 24, 32):
        result = candidate_recall(run, candidates, sample=sample, window_words=window_words, max_days=max_days)
        scores.add(f"candidates.recall_{window_words}_words", result["candidate_recall"], result["n"])
        scores.add(f"candidates.alignment_recall_{window_words}_words", result["alignment_recall"], result["n"])
        for kind in ("candidates", "alignment"):
            scores.misses += [
                {"measure": f"candidates.{kind}", "left_article_id": left, "right_article_id": right}
                for left, right in result[f"lost_by_{kind}"]
            ]
    scores.details["candidates"] = {"listed": candidates.num_rows, "articles": run.articles.num_rows}


def _known_labels(labels: Labels, run: Run) -> tuple[Labels, list[str]]:
    known = set(run.articles["article_id"].to_pylist())
    absent = labels.article_ids() - known
    kept = labels.within(known)
    if not labels.article_ids():
        raise LabelsError("the files of labels name no article")
    if not kept.article_ids():
        raise LabelsError(
            f"none of the {len(absent)} labelled articles is in the run ({run.articles.num_rows} articles), "
            f"for instance {min(absent, default='none')}"
        )
    left_out = [f"{len(absent)} labelled articles are not in the run"] if absent else []
    measured = ("passages", "clusters", "credits", "article_provenance")
    left_out += [f"the snapshot holds no table {name}: its measures" for name in measured if getattr(run, name) is None]
    return kept, left_out


def _apart(facts: Mapping[str, Mapping[str, Any]], left: str, right: str, max_days: int) -> bool:
    times = facts[left]["published_at"], facts[right]["published_at"]
    return None not in times and abs(times[0] - times[1]) > timedelta(days=max_days)


def _candidate_set(candidates: pa.Table, articles: pa.Table) -> set[tuple[str, str]]:
    if "left_article_id" in candidates.column_names:
        return _pair_set(candidates)
    ids = articles["article_id"].combine_chunks()
    left, right = (ids.take(candidates[side].combine_chunks()).to_pylist() for side in ("left", "right"))
    return {(a, b) if a < b else (b, a) for a, b in zip(left, right, strict=True)}


def _pair_set(table: pa.Table) -> set[tuple[str, str]]:
    columns = (table[f"{side}_article_id"].to_pylist() for side in ("left", "right"))
    return {(left, right) if left < right else (right, left) for left, right in zip(*columns, strict=True)}


def _rows_to_read(out: Path, labels: Path | Sequence[Path], kind: str, text: bool) -> list[dict[str, Any]]:
    run = read_run(out)
    known, _ = _known_labels(load_labels(labels), run)
    rows = getattr(score(run, known), kind)
    if text:
        columns = (run.paragraphs[name].to_pylist() for name in ("article_id", "paragraph", "text"))
        lines = {(article, paragraph): words for article, paragraph, words in zip(*columns, strict=True)}
        for row in rows:
            for side in ("left_", "right_", ""):
                place = row.get(f"{side}article_id"), row.get(f"{side}paragraph")
                if place in lines:
                    row[f"{side}text"] = lines[place][row[f"{side}begin"] : row[f"{side}end"]]
    return rows


def _side_name(row: Mapping[str, Any], side: str) -> str:
    prefix = f"{side}_" if side else ""
    name = str(row[f"{prefix}article_id"])
    if row.get(f"{prefix}begin") is not None:
        name += f":{row.get(f'{prefix}paragraph', '')}:{row[f'{prefix}begin']}-{row[f'{prefix}end']}"
    return name


def _cell(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}" if value == int(value) and value > 1 else f"{value:.3f}"


def _confusion_lines(title: str, table: Mapping[str, Mapping[str, int]]) -> list[str]:
    columns = sorted({name for row in table.values() for name in row})
    width = max([len(name) for name in table] + [len(title) + 14])
    lines = ["  ".join([f"{title} (rows: label)".ljust(width), *columns])]
    for label, row in table.items():
        lines.append("  ".join([label.ljust(width), *(str(row.get(name, 0)).rjust(len(name)) for name in columns)]))
    return lines


def _grouped(pairs: Iterable[SpanPair]) -> Detections:
    found: dict[tuple[str, str], list[Detection]] = defaultdict(list)
    for pair in pairs:
        found[pair.left, pair.right].append(Detection(pair, True, None))
    return found


def _whole(places: Places, left: str, right: str) -> SpanPair:
    return SpanPair(left, 0, places.size(left), right, 0, places.size(right)).oriented()
