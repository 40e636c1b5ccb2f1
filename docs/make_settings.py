"""``dedup.config`` -> ``docs/settings.md``: every setting, its default and its meaning.

python docs/make_settings.py            # write docs/settings.md
python docs/make_settings.py --check    # exit with 1 when docs/settings.md is not what it would write
"""

from __future__ import annotations

import sys
from pathlib import Path

PAGE = Path(__file__).with_name("settings.md")
sys.path.insert(0, str(PAGE.parent.parent))  # ours is described from this checkout

from dedup.config import Config  # noqa: E402

HEAD = """# Settings

Written by `python docs/make_settings.py` from `dedup/config.py`. A settings file is YAML, given with `--config`; what
it leaves out keeps its default, and an unknown name stops the run before it begins. The Prefect form has the same
names. [Method](method.md) gives the reason and the numbers behind the defaults.

| setting | default | meaning |
|---|---|---|
"""


def page() -> str:
    """The whole page."""
    return HEAD + "".join(
        f"| `{name}` | {_default(field.default)} | {field.description} |\n"
        for name, field in Config.model_fields.items()
    )


def _default(value: object) -> str:
    """A default as YAML writes it; nothing for none."""
    return "" if value is None else f"`{str(value).lower() if isinstance(value, bool) else value}`"


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        if not PAGE.exists() or PAGE.read_text("utf-8") != page():
            raise SystemExit(f"{PAGE.name} is not what the settings say: run python docs/make_settings.py")
    else:
        PAGE.write_text(page(), "utf-8")
