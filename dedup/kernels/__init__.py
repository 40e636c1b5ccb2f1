"""Arrow buffers -> words, shingles, signatures, pairs, alignments, groups: the compiled loops, and nothing else.

Every kernel releases the interpreter's lock; those that take ``low`` and ``high`` work on a range of rows, so that the
stages run them on one thread a core. Each has a plain-Python twin in ``tests/support/reference.py`` that it must equal.
Import the module that is needed, never all: the parts of the store are named after the code that they come from.
"""
