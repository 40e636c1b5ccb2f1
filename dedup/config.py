"""Every setting of a run, in one model: the library, the command line and the Prefect form use the same.

Defaults were chosen on labelled articles; ``docs/method.md`` gives the figures of each choice.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

SKETCH_SCHEME = "affine32"
"""datasketch's permutation scheme (the default of 2.x); stored with the data, because schemes do not compare."""

Share = Annotated[float, Field(ge=0, le=1)]


class Config(BaseModel):
    """Settings of a run. An unknown key is an error; ``Config.load`` reads a YAML file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    # windows, shingles, signatures, bands
    window_words: int = Field(16, ge=4, description="words in a window")
    window_step: int = Field(4, ge=1, description="words between the starts of two windows")
    shingle_size: int = Field(3, ge=1, le=8, description="words in a shingle")
    fold_accents: bool = Field(True, description="compare words without their accents")
    num_perm: int = Field(128, ge=1, description="values in a signature")
    bands: int = Field(64, ge=1, description="bands of the look-up; bands x rows must not exceed num_perm")
    rows: int = Field(2, ge=1, description="values in a band")
    min_bands: int = Field(
        4, ge=1, description="bands that two articles must share, in any of their windows, to be aligned"
    )
    seed: int = Field(1, ge=0, description="seed of the permutations")
    seed_file: Path | None = Field(
        None, description="file with a secret that the permutations are drawn from instead; made when it is missing"
    )
    bucket_limit: int = Field(
        64, ge=2, description="a bucket with more articles is linked sparsely (each with its neighbours in time)"
    )

    # alignment
    max_gap: int = Field(30, ge=0, description="words that a match may skip on either side between two equal runs")
    min_words: int = Field(8, ge=1, description="equal words that a match needs, in all its pieces")
    min_information: float = Field(70.0, ge=0, description="bits that a match's equal words need to say for a copy")
    lone_information: float = Field(
        120.0, ge=0, description="bits that a match needs when it is all that two articles share"
    )
    quote_margin: int = Field(
        5, ge=0, description="equal words outside quotation marks that a quote_only match may have"
    )
    rewrites: bool = Field(True, description="look for reworded sentences in the articles that are aligned")
    rewrite_probability: Share = Field(0.65, description="probability from which reworded sentences are reported")

    # clusters and provenance
    cluster_floor: Share = Field(0.3, description="true minimum overlap under which a chained cluster is refined")
    background_days: int = Field(3, ge=1, description="days over which a passage must recur to be background")

    # runs
    window_days: int = Field(7, ge=1, description="days before and after that an article is compared with")
    compare_undated: Literal["all", "seen"] = Field(
        "all",
        description="what an article without a day is compared with: all articles, or the window around the time at "
        "which it was first read",
    )
    settle_days: int | None = Field(
        None,
        ge=1,
        description="days after which a day is settled: a run that changes what was printed on one says so; none is "
        "when not set",
    )
    memory_limit: float = Field(3.0, gt=0, description="memory a run may use for its working columns, in GiB")
    workers: int = Field(0, ge=0, description="threads; 0 means one a core")
    keep_snapshots: int = Field(3, ge=1, description="snapshots that stay beside the newest")
    report: bool = Field(True, description="write the report, pages for a browser, into every snapshot")
    report_url: str | None = Field(
        None, description="address where the report is served, to which run pages link (http://desk.example/report/)"
    )
    agency: str = Field("AFP", description="agency of a dispatch that names none")
    columns: dict[str, str] = Field(
        default_factory=dict, description="columns of the input by meaning, where their names do not say it"
    )
    outlets_file: Path | None = Field(None, description="CSV (outlet, domain, owner, country) added to the shipped one")
    rules_file: Path | None = Field(None, description="YAML with credit rules and corrections of your own")

    @model_validator(mode="after")
    def _bands_fit(self) -> Self:
        needed = self.bands * self.rows
        if needed > self.num_perm:
            raise ValueError(
                f"{self.bands} bands x {self.rows} rows need {needed} values a signature, got num_perm={self.num_perm}"
            )
        if self.window_step > self.window_words:
            raise ValueError(f"window_step {self.window_step} leaves words between windows of {self.window_words}")
        if self.shingle_size > self.window_words:
            raise ValueError(
                f"a shingle of {self.shingle_size} words does not fit into a window of {self.window_words}"
            )
        return self

    @property
    def threads(self) -> int:
        """Threads that loops over rows use."""
        return self.workers or os.cpu_count() or 1

    @property
    def memory_share(self) -> int:
        """Bytes of what a step goes through at once: a quarter of the memory limit, the rest is for what it makes."""
        return max(1, int(self.memory_limit * 2**30 / 4))

    @classmethod
    def load(cls, path: Path | None) -> Self:
        """Read a YAML file of settings; without a path, the defaults."""
        if path is None:
            return cls()
        import yaml

        return cls.model_validate(yaml.safe_load(Path(path).read_text("utf-8")) or {})
