"""A loop in Python -> a kernel: compiled when it is first called, kept on the disk, run without the interpreter's lock.

Everything that reaches into Numba's insides is here. Known to work with Numba 0.60 to 0.68; with another one that lacks
what is used here, kernels compile and are kept as Numba does it by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from importlib.resources.abc import Traversable

import numba
import numba.np.linalg
from numba.core.caching import FunctionCache, IndexDataCacheFile
from numba.core.runtime import rtsys

# Numba's arrays look for SciPy's BLAS while they are imported, a fifth of a second that no kernel here needs; whatever
# does multiply matrices looks again when it is compiled.
_ensure_blas, numba.np.linalg.ensure_blas = getattr(numba.np.linalg, "ensure_blas", None), lambda: None
try:
    import numba.np.arraymath
finally:
    numba.np.linalg.ensure_blas = _ensure_blas


class _Cache(FunctionCache):
    """Compiled code on the disk, valid as long as no kernel has changed, and loaded without a compiler.

    Numba looks at the file of the function alone, but a kernel holds the code of those that it calls, whatever file
    they stand in. And it fills its tables of types and of what it can compile before it looks for compiled code, a
    third of the time that a small run takes; the compiler fills them itself when it is called.
    """

    def __init__(self, function: Callable) -> None:
        super().__init__(function)
        self._cache_file = IndexDataCacheFile(self._cache_path, self._impl.filename_base, stamp())

    def load_overload(self, sig, target_context):
        rtsys.initialize(target_context)
        with self._guard_against_spurious_io_errors():
            return self._load_overload(sig, target_context)


@cache
def stamp() -> str:
    """Digest of all modules that hold kernels."""
    return stamp_of(files(__package__))


def stamp_of(folder: Traversable) -> str:
    """Digest of the modules of a folder, their names and what they say."""
    digest = blake2b(digest_size=16)
    for module in sorted(folder.iterdir(), key=lambda module: module.name):
        if module.name.endswith(".py"):
            digest.update(f"{module.name}\n".encode() + module.read_bytes())
    return digest.hexdigest()


def kernel(function: Callable) -> Callable:
    """Compile a function when it is first called; the interpreter's lock is released while it runs."""
    compiled = numba.njit(nogil=True, boundscheck=False)(function)
    compiled._cache = _kept(function)
    return compiled


def _kept(function: Callable):
    """Where the compiled code of a function is kept; nowhere when no folder can be written."""
    try:
        return _Cache(function)
    except (AttributeError, TypeError):  # another Numba
        return FunctionCache(function)
    except RuntimeError:
        return numba.core.caching.NullCache()


inline = numba.njit(nogil=True, inline="always", boundscheck=False)
"""Put a function into the kernels that call it."""
