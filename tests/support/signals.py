"""Signals of a child process, whatever the shell that started the tests has ignored."""

from __future__ import annotations

import signal


def heed() -> None:
    """Before the child begins: heed the signals that ``nohup`` and a shell's background jobs ignore."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
