"""``python -m dedup`` is the command ``dedup``."""

from dedup.surfaces.cli import main

if __name__ == "__main__":
    main()
