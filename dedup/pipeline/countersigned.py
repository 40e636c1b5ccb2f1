"""A sample of what a run stored, held against datasketch: the same signatures, the same candidate pairs.

Digests say that a file is what was written; this says that what was written is right. The words of some articles are
cut again, their windows and shingles are made in NumPy, signed by ``datasketch.MinHash`` and put into
``datasketch.MinHashLSH``, whose buckets must give the pairs that the store keeps. So a loop that was compiled wrongly,
a processor that errs or a scheme of signing that changes with a version is seen by a library that shares no code with
the run. It takes a second or two, most of it datasketch's import and loop, and changes nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from hashlib import blake2b
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa

from dedup.arrays import find, list_buffers, readable
from dedup.config import SKETCH_SCHEME, Config
from dedup.constants import DAY
from dedup.kernels.buckets import UNKNOWN_TIME
from dedup.matching import shingle, sketch
from dedup.store import disk, holdings
from dedup.store.mending import Fault
from dedup.store.snapshot import Snapshot
from dedup.text import languages, words

if TYPE_CHECKING:
    from datasketch import MinHash, MinHashLSH

SAMPLE = 60
"""Articles that are signed again."""

COMPILED = "remove dedup/kernels/__pycache__, then `dedup doctor`; the loops are compiled anew"
ANEW = "remove it, the next run makes it anew"

Pair = tuple[int, int]
"""Serials of two articles, the smaller first."""


class Countersigned(NamedTuple):
    """What the sample was, and what is not as datasketch has it."""

    articles: int
    windows: int
    pairs: int
    """Pairs inside the sample whose bands were compared."""
    faults: list[Fault]

    def __str__(self) -> str:
        if not self.articles:
            return "datasketch was not asked: what is stored is of another version, and the next run makes it anew"
        return (
            f"datasketch signs {self.windows:,} windows of {self.articles:,} articles alike and finds the same "
            f"{self.pairs:,} pairs"
        )


class _Stored(NamedTuple):
    """An article of the sample, as the store has it."""

    serial: int
    part: Path
    """Part of HASHES."""
    kept: list[np.ndarray]
    """The hashes of the words of its paragraphs that can be read, each uint32."""
    cut: list[np.ndarray]
    """The same, cut again from its text."""


def countersigned(out: Path | str, sample: int = SAMPLE) -> Countersigned:
    """Sign some articles of the newest snapshot's store again, and look for their pairs, by datasketch.

    Which ones are drawn depends on the run alone: each run another sample, and the same one if asked again. What
    another version or other settings made is not compared.
    """
    newest = Snapshot.newest(out)
    config, state, home = newest.settings(), holdings.load(out), holdings.folder(out)
    names = [holdings.derived_name(kind, newest.name, config) for kind in ("shown", "links")]
    if any(name not in state.derived for name in names):
        return Countersigned(0, 0, 0, [])
    shown, links = (disk.read_table(home / name) for name in names)
    drawn = _drawn(shown, links, newest.name, sample)
    stored = list(_stored(home, state, drawn, config))
    faults = [_of_words(one) for one in stored if not _equal(one.kept, one.cut)]
    signed = {one.serial: _signed(one.cut, config) for one in stored}
    windows = sum(map(len, signed.values()))
    if odd := _signed_otherwise(stored, signed, config):
        faults.append(
            Fault(stored[0].part, f"{odd:,} of {windows:,} windows are signed otherwise by datasketch", COMPILED)
        )
    # datasketch has no index of one band
    found, compared = _pairs(signed, shown, links, config) if config.bands > 1 else ([], 0)
    faults += [Fault(home / names[1], what, ANEW) for what in found]
    return Countersigned(len(stored), windows, compared, faults)


def _drawn(shown: pa.Table, links: pa.Table, run: str, sample: int) -> np.ndarray:
    """Serials of the sample, sorted: half of it ends of candidate pairs, the rest any articles."""
    generator = np.random.default_rng(int.from_bytes(blake2b(run.encode(), digest_size=8).digest(), "little"))
    rows = generator.choice(links.num_rows, min(sample // 4, links.num_rows), replace=False)
    ends = np.unique([links[name].to_numpy()[rows] for name in ("later", "earlier")]).astype(np.uint64)
    others = generator.permutation(np.setdiff1d(shown["serial"].to_numpy(), ends))
    return np.sort(np.concatenate([ends, others[: sample - len(ends)]]))


def _stored(home: Path, state: holdings.State, serials: np.ndarray, config: Config) -> Iterator[_Stored]:
    """The articles of the sample, their words as they are kept and as they are cut again."""
    for part in state.articles:
        names = [holdings.derived_name(kind, part, config) for kind in ("hashes", "paragraphs")]
        held = holdings.read_articles(home / part, ["serial"])["serial"].to_numpy()
        rows = np.flatnonzero(find(serials, held.astype(serials.dtype)) >= 0)
        if not len(rows) or any(name not in state.derived for name in names):
            continue
        kept, texts = (disk.read_table(home / name) for name in names)
        kept, texts = (table.filter(pa.array(np.isin(table["row"].to_numpy(), rows))) for table in (kept, texts))
        cut = words.read_words(texts, config).select(["hash"])
        cut = cut.append_column("row", texts["row"]).filter(pa.array(readable(texts)))
        of_row = [_by_row(table) for table in (kept, cut)]
        for row in rows.tolist():
            yield _Stored(int(held[row]), home / names[0], *(found[row] for found in of_row))


def _by_row(table: pa.Table) -> dict[int, list[np.ndarray]]:
    """The hashes of each paragraph, by the row of its article."""
    starts, hashes = list_buffers(table["hash"])
    found: dict[int, list[np.ndarray]] = defaultdict(list)
    for number, row in enumerate(table["row"].to_pylist()):
        found[row].append(hashes[starts[number] : starts[number + 1]])
    return found


def _equal(one: list[np.ndarray], other: list[np.ndarray]) -> bool:
    return len(one) == len(other) and all(map(np.array_equal, one, other))


def _of_words(one: _Stored) -> Fault:
    return Fault(one.part, f"has other words than the text of article number {one.serial}", ANEW)


def _signed(paragraphs: list[np.ndarray], config: Config) -> list[MinHash]:
    """The windows of an article, signed by datasketch."""
    from datasketch import MinHash

    # datasketch draws its permutations itself, but for a secret, which it could not be given as a seed
    drawn = {} if config.seed_file is None else {"permutations": sketch.drawn(config)}
    blank = MinHash(
        num_perm=config.num_perm, seed=config.seed, scheme=SKETCH_SCHEME, hashfunc=lambda value: value, **drawn
    )
    found = []
    for hashes in paragraphs:
        for window in _windows(_shingles(hashes, config.shingle_size), len(hashes), config):
            signature = blank.copy()
            signature.update_batch((window & np.uint64(0xFFFFFFFF)).tolist())
            found.append(signature)
    return found


def _shingles(hashes: np.ndarray, size: int) -> np.ndarray:
    """(words - size + 1,) uint64: a polynomial over the hashes of ``size`` words, mixed as by MurmurHash3's finaliser.

    What ``kernels.minhash.shingle_words`` computes, without a compiler.
    """
    n = max(len(hashes) - size + 1, 0)
    value = np.zeros(n, np.uint64)
    for at in range(size):
        value = value * np.uint64(0x9E3779B97F4A7C15) + hashes[at : at + n].astype(np.uint64)
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        value = (value ^ value >> np.uint64(33)) * np.uint64(factor)
    return value ^ value >> np.uint64(33)


def _windows(shingles: np.ndarray, n_words: int, config: Config) -> Iterator[np.ndarray]:
    """The shingles of each window of a paragraph, the last window flush with its end."""
    if not len(shingles):
        return
    last = max(n_words - config.window_words, 0)
    for begin in [*range(0, last, config.window_step), last]:
        yield shingles[begin : begin + config.window_words - config.shingle_size + 1]


def _signed_otherwise(stored: list[_Stored], signed: dict[int, list[MinHash]], config: Config) -> int:
    """Windows to which the compiled loops give another signature than datasketch, or none."""
    column = pa.array([hashes for one in stored for hashes in one.cut], pa.list_(pa.uint32()))
    ours = sketch.sign(shingle.shingle(pa.table({"hash": column}), config)["shingles"], config)
    theirs = [signature.hashvalues for one in stored for signature in signed[one.serial]]
    if len(ours) != len(theirs):
        return max(len(ours), len(theirs))
    return sum(not np.array_equal(*pair) for pair in zip(ours, theirs, strict=True))


def _pairs(signed: dict[int, list[MinHash]], shown: pa.Table, links: pa.Table, config: Config) -> tuple[list[str], int]:
    """How the pairs kept inside the sample differ from those of datasketch's index, and how many were compared.

    An article that met a crowded bucket, or chose among too many pairs, keeps fewer than there are: its pairs are
    compared one way only.
    """
    serials = np.array(sorted(signed), np.uint64)
    inside = [find(serials, links[name].to_numpy().astype(np.uint64)) >= 0 for name in ("later", "earlier")]
    kept = links.filter(pa.array(inside[0] & inside[1]))
    ends = zip(kept["later"].to_pylist(), kept["earlier"].to_pylist(), strict=True)
    kept_bands = dict(zip((_pair(*pair) for pair in ends), kept["n_bands"].to_pylist(), strict=True))
    facts = shown.filter(pa.array(find(serials, shown["serial"].to_numpy()) >= 0))
    of_article = {row["serial"]: row for row in facts.to_pylist()}
    theirs = _bands(_index(signed, config), config)
    met = {pair for pair, bands in theirs.items() if bands >= config.min_bands}
    met = {(one, other) for one, other in met if _compared(of_article[one], of_article[other], config)}
    faults = []
    for pair in sorted({*met, *kept_bands}):
        whole = not any(of_article[serial][name] for serial in pair for name in ("crowded", "dropped"))
        ours, bands = kept_bands.get(pair, 0), theirs.get(pair, 0)
        if ours > bands or (whole and ours != bands):
            faults.append(f"says that articles number {pair[0]} and {pair[1]} share {ours} bands, datasketch {bands}")
    return faults, len({*met, *kept_bands})


def _pair(one: int, other: int) -> Pair:
    return min(one, other), max(one, other)


def _compared(one: dict[str, Any], other: dict[str, Any], config: Config) -> bool:
    """Whether a run compares two articles, by their times and their languages."""
    times = one["time"], other["time"]
    near = UNKNOWN_TIME in times or abs(times[0] - times[1]) <= config.window_days * DAY
    spoken = (np.array([article["spoken"]]) for article in (one, other))
    return near and bool(languages.comparable(*spoken)[0])


def _index(signed: dict[int, list[MinHash]], config: Config) -> MinHashLSH:
    """The windows in datasketch's index; their keys are (serial, window)."""
    from datasketch import MinHashLSH

    index = MinHashLSH(num_perm=config.num_perm, params=(config.bands, config.rows))
    with index.insertion_session() as session:
        for serial, signatures in signed.items():
            for number, signature in enumerate(signatures):
                session.insert((serial, number), signature)
    return index


def _bands(index: MinHashLSH, config: Config) -> Counter[Pair]:
    """In how many bands two articles have windows in one bucket."""
    found: Counter[Pair] = Counter()
    for table in index.hashtables:
        pairs: set[Pair] = set()
        for bucket in table.keys():
            serials = sorted({serial for serial, _ in table.get(bucket)})
            pairs.update(combinations(serials, 2))
        found.update(pairs)
    return found
