"""Candidate pairs of a run: articles that it brings look back, the others keep the pairs that they had.

An article's pairs are a function of what it looks back on (``dedup.matching.lsh``). So only those need to look back
that are new, or stand in time after one that is new or gone and meet it. Windows are signed when they are needed: words
are kept (4 bytes each), keys are not; and a window can only meet what is new if it holds one of its shingles.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from dedup.arrays import find
from dedup.constants import DAY
from dedup.kernels.buckets import UNKNOWN_TIME
from dedup.matching import lsh
from dedup.pipeline.look_back import Pool, found, in_order
from dedup.pipeline.run import Run
from dedup.pipeline.touched import LINKS, SHOWN, Last
from dedup.store import holdings


def paired(run: Run, facts: pa.Table, last: Last | None) -> tuple[pa.Table, pa.Table, int]:
    """SHOWN and LINKS of a run, and the most articles that one looked back on in a bucket.

    ``facts`` are the columns of SHOWN that say when the articles were printed, in the order of ``run.view``. The last
    run's pairs are kept where nothing that an article looks back on has changed.
    """
    gone = None if last is None else _gone(run, facts, last)
    if gone is None:
        last, gone = None, (SHOWN.empty_table(), np.zeros((2, 0), np.int64), [])
    pool, serials, order = _pool(run, facts, *gone)
    crowded, dropped = np.zeros(len(serials), np.int32), np.zeros(len(serials), np.int32)
    if last is None:
        own = np.ones(len(serials), bool)
        now = found(pool, own, None, run)
        kept = LINKS.empty_table()
    else:
        own, now = _again(run, pool, serials, order >= facts.num_rows, last)
        at = find(last.shown["serial"].to_numpy(), serials)
        crowded[at >= 0], dropped[at >= 0] = (
            last.shown[name].to_numpy()[at[at >= 0]] for name in ("crowded", "dropped")
        )
        stays = np.zeros(int(max(serials.max(initial=0), last.shown["serial"].to_numpy().max(initial=0))) + 1, bool)
        stays[serials[order < facts.num_rows]] = True
        ends = [stays[last.links[name].to_numpy()] for name in ("earlier", "later")]
        stays[serials[own]] = False
        kept = last.links.filter(pa.array(ends[0] & ends[1] & stays[last.links["later"].to_numpy()]))
    crowded[own], dropped[own] = now.crowded[own], now.dropped[own]
    columns = (serials[now.later].astype(np.uint32), serials[now.earlier].astype(np.uint32), now.n_bands)
    links = pa.concat_tables([kept, pa.table(list(map(pa.array, columns)), LINKS)])
    here = np.argsort(order)[: facts.num_rows]  # the place of each article in the pool
    shown = facts.append_column("crowded", pa.array(crowded[here])).append_column("dropped", pa.array(dropped[here]))
    shown = shown.take(pa.array(np.argsort(facts["serial"].to_numpy()))).cast(SHOWN)
    by_serial = np.lexsort((links["earlier"].to_numpy(), links["later"].to_numpy()))
    return shown, links.take(pa.array(by_serial)), now.largest


def _again(run: Run, pool: Pool, serials: np.ndarray, gone: np.ndarray, last: Last) -> tuple[np.ndarray, lsh.Joined]:
    """The articles of the pool, (articles,) bool, that look back again because of what is new or gone; what they find.

    First those that stand after it look back on what it has alone: who meets one of these, or has a crowded bucket with
    them, or could not keep all its pairs, looks back on everything again.
    """
    config, n = run.config, len(serials)
    new = ~gone & (find(last.shown["serial"].to_numpy(), serials) < 0)
    changed = new | gone
    later = after(pool, changed, config.window_days * DAY) & ~changed
    first = found(pool, new | later, changed, run)
    if not later.any() and not gone.any():
        return new, first
    again = np.zeros(n, bool)
    again[first.later[changed[first.earlier]]] = True
    again |= (first.crowded > 0) | (first.dropped > 0)
    bounded = last.shown["serial"].to_numpy()[last.shown["dropped"].to_numpy() > 0]
    again |= find(bounded, serials) >= 0
    had = last.links.filter(pa.array(find(np.sort(serials[gone]), last.links["earlier"].to_numpy()) >= 0))
    again |= find(np.unique(had["later"].to_numpy()), serials) >= 0
    again &= later
    if gone.any():
        own = again | new
        return own, found(_without(pool, gone), own, own, run)
    second = found(pool, again, again, run)
    mine = new[first.later]  # the others keep the pairs that they had, or look back on everything
    later, earlier, n_bands = (np.concatenate([a[mine], b]) for a, b in zip(first[:3], second[:3], strict=True))
    crowded, dropped = (np.where(new, a, b) for a, b in zip(first[3:5], second[3:5], strict=True))
    return new | again, lsh.Joined(later, earlier, n_bands, crowded, dropped, max(first.largest, second.largest))


def _without(pool: Pool, gone: np.ndarray) -> Pool:
    """The pool with articles that have no windows."""
    return pool._replace(row=np.where(gone, -1, pool.row))


def _pool(
    run: Run, facts: pa.Table, gone: pa.Table, places: np.ndarray, files: list[Path]
) -> tuple[Pool, np.ndarray, np.ndarray]:
    """The articles that the tables show and those that are gone, their serials, and where they stand in ``facts``, or
    after it among the gone ones."""
    file, row = np.zeros(facts.num_rows, np.int64), np.zeros(facts.num_rows, np.int64)
    for number, home in enumerate(run.view.homes):
        inside = np.flatnonzero(home >= 0)
        file[home[inside]], row[home[inside]] = number, inside
    own_files = run.derived_files("hashes")
    file, row = np.append(file, places[0] + len(own_files)), np.append(row, places[1])
    serials, times, wires, spoken = (
        np.concatenate([facts[name].to_numpy(), gone[name].to_numpy()]) for name in ("serial", "time", "wire", "spoken")
    )
    order = in_order(times, np.arange(len(times)))  # the view stands in the order of ids
    pool = Pool(times[order], wires[order], spoken[order], file[order], row[order], [*own_files, *files])
    return pool, serials[order], order


def _gone(run: Run, facts: pa.Table, last: Last) -> tuple[pa.Table, np.ndarray, list[Path]] | None:
    """What the last run showed and this one does not: SHOWN, file and row (2, articles), the files of their words.

    None when the words of one are not in the store any more.
    """
    serials = np.sort(facts["serial"].to_numpy())
    gone = last.shown.filter(pa.array(find(serials, last.shown["serial"].to_numpy()) < 0))
    places = np.full((2, gone.num_rows), -1)
    files: list[Path] = []
    if gone.num_rows:
        state = holdings.load(run.out)
        for part in state.articles:
            held = holdings.read_articles(run.home / part, ["serial"])["serial"].to_numpy().astype(np.uint64)
            at = find(gone["serial"].to_numpy(), held)
            name = holdings.derived_name("hashes", part, run.config)
            if (at >= 0).any() and name in state.derived:
                places[0, at[at >= 0]], places[1, at[at >= 0]] = len(files), np.flatnonzero(at >= 0)
                files.append(run.home / name)
    return None if (places[0] < 0).any() else (gone, places, files)


def after(pool: Pool, changed: np.ndarray, reach: int) -> np.ndarray:
    """(articles,) bool: those that may look back on one of ``changed`` (articles,) bool."""
    times = np.sort(pool.times[changed & (pool.times != UNKNOWN_TIME)])
    undated = pool.times == UNKNOWN_TIME
    if not changed.any():
        return np.zeros(len(changed), bool)
    if not len(times):
        return undated
    last = times[np.maximum(np.searchsorted(times, pool.times, "right") - 1, 0)]
    return undated | ((pool.times >= last) & (pool.times - last <= 2 * reach))
