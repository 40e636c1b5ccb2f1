"""WORDS -> weights: how much each word says that a text was copied.

A rare word in two texts says much, unless anybody would write it: names and figures belong to the event, and formulas
(laws, titles, stock sentences of courts, police, sport, markets, weather) to the language. Formulas are known by runs
of four words: those of ``stock_phrases.csv``, written for this purpose, and those of ``formulas.csv``, which stand in
unrelated corpora of news (hashes only; ``dedup.evaluation.formulas`` makes it). Both are the same for every corpus,
so that a match depends on its two texts and the settings alone.
"""

from __future__ import annotations

import functools
from importlib.resources import files

import numpy as np
import pyarrow as pa
import pyarrow.csv

from dedup.arrays import in_threads
from dedup.config import Config
from dedup.kernels.weights import hash_runs, weigh_words
from dedup.kernels.words import fill_table

LEARNED, STOCK = "formulas.csv", "stock_phrases.csv"


def weights(
    words: np.ndarray, paragraphs: np.ndarray, rarity: np.ndarray, flags: np.ndarray, starts: np.ndarray, config: Config
) -> np.ndarray:
    """Weights of the words of articles that ``starts`` (articles + 1,) parts: (words,) uint8, eighths of a bit."""
    weights = np.empty(len(words), np.uint8)
    formulas = _formulas(config.fold_accents)
    in_threads(
        len(starts) - 1,
        config,
        lambda low, high: weigh_words(words, paragraphs, rarity, flags, formulas, starts, low, high, weights),
    )
    return weights


@functools.cache
def _formulas(fold_accents: bool) -> np.ndarray:
    """Table of the runs that are formulas, as ``weigh_words`` reads it: uint32, a power of two, at most half full."""
    runs = np.union1d(learned_runs() if fold_accents else [], runs_of(stock_phrases(), fold_accents)).astype(np.uint32)
    slots = np.zeros(1 << int(2 * len(runs)).bit_length(), np.uint32)
    fill_table(runs, np.zeros(len(runs), np.uint8), slots, np.zeros(len(slots), np.uint8))
    return slots


def runs_of(phrases: list[str], fold_accents: bool = True) -> np.ndarray:
    """Hashes of the runs of four words in some phrases: uint32, sorted, distinct."""
    from dedup.text.words import words_of

    starts, columns = words_of(pa.array(phrases, pa.string()), Config(fold_accents=fold_accents))
    hashes = np.empty(len(columns[0]), np.uint32)
    return np.unique(hashes[: hash_runs(columns[0], starts, hashes)])


def stock_phrases() -> list[str]:
    """The shipped phrases, one a line."""
    lines = (files(__package__) / STOCK).read_text("utf-8").splitlines()
    return [line for line in lines[1:] if line]


def learned_runs() -> np.ndarray:
    """Hashes of the runs learned from corpora, with accents folded: uint32, sorted."""
    table = pa.csv.read_csv(pa.BufferReader((files(__package__) / LEARNED).read_bytes()))
    return np.sort(np.array([int(value, 16) for value in table["run"].to_pylist()], np.uint32))
