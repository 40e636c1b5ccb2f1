"""The names that programs import: they are there, documented, typed, and come only when used."""

from __future__ import annotations

import doctest
import inspect
import subprocess
import sys

import pytest

import dedup


def test_the_examples_of_the_library_give_what_they_say():
    assert doctest.testmod(dedup, optionflags=doctest.NORMALIZE_WHITESPACE) == doctest.TestResults(0, 28)


@pytest.mark.parametrize("name", dedup.__all__)
def test_every_public_name_is_documented_and_typed(name):
    public = getattr(dedup, name)
    assert inspect.getdoc(public)
    if inspect.isfunction(public):
        signature = inspect.signature(public)
        assert signature.return_annotation is not inspect.Signature.empty
        assert all(parameter.annotation is not parameter.empty for parameter in signature.parameters.values())


def test_the_library_imports_nothing_before_a_name_is_used():
    listing = "import sys, dedup; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numpy", "pyarrow", "numba", "pydantic"} & set(loaded)


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="nonsense"):
        dedup.nonsense  # noqa: B018
    assert set(dedup.__all__) <= set(dir(dedup))
    with pytest.raises(KeyError, match="nonsense"):
        dedup.read_tables("nowhere", "nonsense")
