"""The command line, one function a command; a module for each group of commands.

Nothing heavy is imported before a command needs it. The flows are found by their entry point (group
``dedup.flows``), because the library never imports them.
"""

from dedup.surfaces.cli import running  # isort: skip  (the help lists commands in the order of these imports)
from dedup.surfaces.cli import looking, judging, comparing, tables, keeping, installed  # isort: skip
from dedup.surfaces.cli.app import app, main

__all__ = ["app", "comparing", "installed", "judging", "keeping", "looking", "main", "running", "tables"]
