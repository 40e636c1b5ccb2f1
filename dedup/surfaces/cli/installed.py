"""``dedup doctor`` and ``version``: the installation itself."""

from __future__ import annotations

from dedup.surfaces.cli.app import ERROR, AsJson, Debug, command, print_json


@command
def doctor(as_json: AsJson = False, debug: Debug = False) -> int:
    """Check this installation, and run it on five articles."""
    from dedup.surfaces.doctor import examine

    checks = examine()
    if as_json:
        print_json([check._asdict() for check in checks])
    else:
        for check in checks:
            print(f"{'ok' if check.ok else 'FAIL':<5} {check.name:<22} {check.found}")
    return 0 if all(check.ok for check in checks) else ERROR


@command
def version() -> None:
    """Print the version."""
    from dedup import __version__

    print(__version__)
