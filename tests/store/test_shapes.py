"""What each kind of part is a function of: which settings, which code, which layout make it anew."""

from __future__ import annotations

from pathlib import Path

import pytest

import dedup
from dedup.config import Config
from dedup.store import shapes
from dedup.store.disk import StorageError


def test_every_setting_stands_in_exactly_one_list():
    listed = [name for names in shapes.SETTINGS.values() for name in names]
    assert sorted(listed) == sorted(Config.model_fields)


def every_shape(**settings) -> dict[str, str]:
    return {kind: shapes.shape(kind, Config(**settings)) for kind in shapes.LAYOUT}


def remade(**settings) -> set[str]:
    """The kinds of parts that a run with another setting makes anew."""
    before, after = every_shape(), every_shape(**settings)
    return {kind for kind in before if before[kind] != after[kind]}


OF_TRACES = {"traced", "joined", "edges"}
"""What a run keeps of its trace is a function of every setting that changes a row."""


def test_another_bound_for_quotations_aligns_again_and_nothing_else():
    assert remade(quote_margin=6) == {"pairs", "matches", *OF_TRACES}


def test_accents_that_count_make_words_anew_but_read_no_article_again():
    assert remade(fold_accents=False) == {"hashes", "pairs", "matches", "links", "shown", *OF_TRACES}


def test_settings_that_change_no_row_make_no_part_anew():
    assert remade(memory_limit=1.0, workers=3, keep_snapshots=1, report=False) == set()


def test_settings_of_the_tables_alone_trace_anew():
    assert remade(background_days=4) == OF_TRACES


@pytest.mark.parametrize("kind", sorted(shapes.LAYOUT))
def test_another_layout_of_a_kind_makes_its_parts_anew(kind, monkeypatch):
    before = every_shape()
    monkeypatch.setitem(shapes.LAYOUT, kind, shapes.LAYOUT[kind] + 1)
    assert {name for name, shape in every_shape().items() if shape != before[name]} == {kind}


@pytest.fixture
def package(tmp_path) -> Path:
    """A package: ``steps.rule`` imports ``words``, ``late`` inside a function, and reads ``list.csv``."""
    sources = {
        "__init__.py": "",
        "config.py": "",
        "words.py": "from house.steps import deep\n",
        "other.py": "",
        "steps/__init__.py": "",
        "steps/rule.py": 'from house import words\nLIST = "list.csv"\n\ndef late():\n    from house.late import it\n',
        "steps/deep.py": "",
        "steps/list.csv": "a,b\n",
        "steps/unread.csv": "",
        "late.py": "it = 1\n",
        "store/__init__.py": "",
    }
    for name, source in sources.items():
        path = tmp_path / "house" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, "utf-8")
    return tmp_path / "house"


def test_the_code_of_a_part_is_all_that_its_modules_import_and_the_data_they_name(package):
    found = {path.relative_to(package).as_posix() for path in shapes.code_files(package, ("steps/rule.py",))}
    assert found - {"steps/__init__.py"} == {"steps/rule.py", "steps/deep.py", "steps/list.csv", "words.py", "late.py"}


@pytest.mark.parametrize(
    ("edited", "changes"),
    [
        ("steps/rule.py", True),
        ("words.py", True),
        ("steps/deep.py", True),
        ("late.py", True),
        ("steps/list.csv", True),
        ("other.py", False),
        ("config.py", False),
        ("steps/unread.csv", False),
    ],
)
def test_an_edit_in_what_a_part_comes_from_makes_it_anew_and_no_other_edit_does(package, edited, changes):
    before = shapes.code_digest(package, ("steps/rule.py",))
    with (package / edited).open("a", encoding="utf-8") as file:
        file.write("# a line more\n")
    assert (shapes.code_digest(package, ("steps/rule.py",)) != before) is changes


def test_a_module_that_is_listed_and_missing_is_an_error(package):
    with pytest.raises(StorageError, match=r"moved\.py is missing"):
        shapes.code_digest(package, ("steps/rule.py", "moved.py"))


def test_every_module_that_a_kind_of_part_names_is_there():
    home = Path(dedup.__file__).parent
    for kind, modules in shapes.CODE.items():
        assert {home / name for name in modules} <= set(shapes.code_files(home, modules)), kind


def kernels_of(kind: str) -> set[str]:
    home = Path(dedup.__file__).parent
    files = shapes.code_files(home, shapes.CODE[kind])
    return {path.stem for path in files if path.parent == home / "kernels"} - {"__init__", "common", "compiled"}


def test_a_part_is_a_function_of_the_kernels_it_runs_and_of_no_other():
    cutting = {"words", "weights"}  # of the weights, how rare a word is that no list has
    assert kernels_of("paragraphs") == kernels_of("hashes") == cutting
    assert kernels_of("links") == cutting | {"minhash", "buckets", "cover"}
    aligning = {"words", "weights", "seeds", "chains", "alignment", "quotations", "rewrites", "likeness"}
    assert kernels_of("matches") == kernels_of("pairs") == aligning
