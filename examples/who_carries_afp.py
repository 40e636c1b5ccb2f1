"""Who carries AFP, with what credit, how fast: one analysis of a snapshot, as a marimo notebook.

python examples/who_carries_afp.py --out artifacts          # as a script: prints the answers
marimo edit examples/who_carries_afp.py -- --out artifacts  # in a browser
"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(app_title="Who carries AFP")


@app.cell
def _():
    from pathlib import Path
    from statistics import median

    import marimo as mo
    import pyarrow.parquet as pq

    return Path, median, mo, pq


@app.cell
def _(Path, mo, pq):
    snapshot = (Path(mo.cli_args().get("out") or "artifacts") / "latest").resolve()

    def rows(table):
        """A table of the snapshot as dictionaries; a big one is a folder with a file a day."""
        path = snapshot / f"{table}.parquet"
        return pq.read_table(path if path.exists() else snapshot / table).to_pylist()

    def shown(title, head, lines):
        """A heading and a table: on the page in a browser, as text in a terminal."""
        text = "\n".join(
            [f"## {title}\n", f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
            + [f"| {' | '.join(map(str, line))} |" for line in lines]
        )
        if not mo.running_in_notebook():
            print(text + "\n")
        return mo.md(text)

    return rows, shown


@app.cell
def _(rows):
    # Articles of outlets: a dispatch carries nothing. An agency is named by a dispatch or a credit only.
    articles = [row for row in rows("article_provenance") if not row["is_wire"] and row["outlet"]]
    carriers = [row for row in articles if row["derivation"] in ("wholly", "partially") and row["agency"] == "AFP"]
    return articles, carriers


@app.cell
def _(articles, carriers, shown):
    outlets = sorted({row["outlet"] for row in carriers})
    printed = {name: sum(row["outlet"] == name for row in articles) for name in outlets}
    carried = {name: [row for row in carriers if row["outlet"] == name] for name in outlets}
    by_share = sorted(outlets, key=lambda name: (-len(carried[name]) / printed[name], name))
    shown(
        "Who carries AFP",
        ("outlet", "articles", "from AFP", "share"),
        [(name, printed[name], len(carried[name]), f"{len(carried[name]) / printed[name]:.0%}") for name in by_share],
    )
    return carried, outlets


@app.cell
def _(carried, outlets, shown):
    statuses = ("credited_full", "credited_partial", "in_text_only", "photo_only", "none")
    credit = {
        name: [sum(row["credit_status"] == status for row in carried[name]) for status in statuses] for name in outlets
    }
    silent_first = sorted(outlets, key=lambda name: (sum(credit[name][:2]) / len(carried[name]), name))
    shown(
        "With what credit",
        ("outlet", *(status.replace("_", " ") for status in statuses)),
        [(name, *credit[name]) for name in silent_first],
    )
    return (credit,)


@app.cell
def _(carried, median, outlets, shown):
    # A lag is an interval; where the dates allow either order it says nothing and is left out.
    lags = {
        name: [
            (row["lag_low"], row["lag_high"])
            for row in carried[name]
            if row["lag_low"] is not None and row["lag_high"] is not None and row["lag_low"] >= 0
        ]
        for name in outlets
    }
    hours = {
        name: (median(low for low, _ in lags[name]) / 3600, median(high for _, high in lags[name]) / 3600)
        for name in outlets
        if lags[name]
    }
    shown(
        "How fast",
        ("outlet", "median lag, hours", "articles with a sure order"),
        [
            (name, f"{low:.1f}" if f"{low:.1f}" == f"{high:.1f}" else f"{low:.1f} to {high:.1f}", len(lags[name]))
            for name, (low, high) in sorted(hours.items(), key=lambda item: (item[1], item[0]))
        ],
    )
    return (hours,)


@app.cell
def _(rows, shown):
    dispatches = [row for row in rows("wire_pickup") if row["agency"] == "AFP" and row["n_outlets"]]
    dispatches.sort(key=lambda row: (-row["n_outlets"], row["article_id"]))
    shown(
        "Which dispatches",
        ("dispatch", "outlets", "in 1 h", "in 24 h", "words kept", "without credit"),
        [
            (
                row["title"],
                row["n_outlets"],
                row["reach_1h"],
                row["reach_24h"],
                f"{row['share_kept'] or 0:.0%}",
                row["n_uncredited"],
            )
            for row in dispatches
        ],
    )
    return (dispatches,)


if __name__ == "__main__":
    app.run()
