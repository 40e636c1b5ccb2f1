"""What came in, what was refused, what went out without credit: a newsroom's morning, as a marimo notebook.

python examples/morning_check.py --out artifacts          # as a script: prints the answers
marimo edit examples/morning_check.py -- --out artifacts  # in a browser
"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(app_title="The morning's check")


@app.cell
def _():
    import json

    import marimo as mo
    import polars as pl

    import dedup

    opened = dedup.open(mo.cli_args().get("out") or "artifacts")

    def shown(title, frame):
        """A heading and a table: on the page in a browser, as text in a terminal."""
        if not mo.running_in_notebook():
            with pl.Config(tbl_rows=-1, tbl_cols=-1, fmt_str_lengths=60, tbl_width_chars=200):
                print(f"## {title}\n\n{frame}\n")
        return mo.vstack([mo.md(f"## {title}"), frame])

    return json, opened, pl, shown


@app.cell
def _(json, opened, pl, shown):
    # The manifest says what the run read; the newest article says how fresh it is.
    counts = json.loads((opened.path / "manifest.json").read_text("utf-8"))["counts"]
    (newest,) = opened.articles.aggregate("max(published_at)").fetchall()[0]
    state = {"run": opened.path.name, "articles": counts["articles"], "rejects": counts["rejects"], "newest": newest}
    shown("The run", pl.DataFrame([state]))
    return (state,)


@app.cell
def _(opened, shown):
    # Refused, or kept with something left out: by file, with what was expected.
    rejects = opened.sql(
        "SELECT file, reason, kept, count(*) AS n FROM rejects GROUP BY ALL ORDER BY n DESC, file"
    ).pl()
    shown("Rejects", rejects)
    return (rejects,)


@app.cell
def _(opened, shown):
    day = opened.pickup().project("title, agency, n_outlets, reach_1h, reach_24h, first_outlet, n_uncredited").pl()
    shown("The newest day's dispatches", day)
    return (day,)


@app.cell
def _(opened, shown):
    silent = opened.uncredited().project("outlet, title, agency, share_found, words_found, url").pl()
    shown("Agency copy without credit", silent)
    return (silent,)


if __name__ == "__main__":
    app.run()
