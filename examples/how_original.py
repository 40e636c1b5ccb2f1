"""How original is each outlet, and whose words does it print: a study's first tables, as a marimo notebook.

python examples/how_original.py --out artifacts          # as a script: prints the tables
marimo edit examples/how_original.py -- --out artifacts  # in a browser
"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(app_title="How original is each outlet")


@app.cell
def _():
    import marimo as mo

    import dedup

    opened = dedup.open(mo.cli_args().get("out") or "artifacts")

    def shown(title, frame):
        """A heading and a table: on the page in a browser, as text in a terminal."""
        if not mo.running_in_notebook():
            print(f"## {title}\n\n{frame.to_string(index=False)}\n")
        return mo.vstack([mo.md(f"## {title}"), frame])

    return opened, shown


@app.cell
def _(opened, shown):
    # Rates are weighted by words and leave boilerplate out. What is found is apart from what is only estimated.
    outlets = opened.outlets.df().sort_values(["originality_rate", "outlet"])
    shown(
        "Originality",
        outlets[["outlet", "n_articles", "originality_rate", "copy_rate", "share_found", "share_estimated"]].round(2),
    )
    return (outlets,)


@app.cell
def _(opened, shown):
    # METER's classes; a class that cannot be told is null, and stays a column of its own.
    articles = opened.article_provenance.df().query("not is_wire")
    derivation = articles["derivation"].fillna("not told")
    classes = articles.groupby(["outlet", derivation]).size().unstack(fill_value=0)
    shown("Derivation", classes.reset_index())
    return (classes,)


@app.cell
def _(opened, shown):
    # What an agency sent is left out: two outlets that print a dispatch have copied the agency, not each other.
    copied = opened.who_copies_whom(without_agency=True).df()
    apart = copied[~copied["same_owner"]]
    shown("Who prints later what another outlet had", apart[["outlet_from", "outlet_to", "origin", "n_words"]])
    return (copied,)


@app.cell
def _(opened, shown):
    # Medians of lag_mid where both times are known to the minute: a day's precision measures no lag.
    timed = opened.article_provenance.filter("lag_known AND NOT is_wire AND derivation IN ('wholly', 'partially')").df()
    hours = (timed.groupby("outlet")["lag_mid"].agg(["median", "count"]) / [3600, 1]).round(1).reset_index()
    shown("Reaction time, hours", hours.rename(columns={"count": "articles"}))
    return (hours,)


if __name__ == "__main__":
    app.run()
