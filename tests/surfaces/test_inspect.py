"""A dry look: what each file is taken for, before any work."""

import json

from typer.testing import CliRunner

from dedup.config import Config
from dedup.surfaces import cli
from dedup.surfaces.inspect import look, three_lines


def files(tmp_path):
    (tmp_path / "a.csv").write_text(
        "Titre;Contenu;Journal;Date;Auteur\nLe pont;Le pont a rouvert. (AFP);Le Fanal;12/03/2025 11:00;AFP\n"
        "Le port;Le port ferme.;La Bouée;2025-02-30;\n"
    )
    (tmp_path / "b.json").write_text("{")
    return tmp_path


def test_a_look_counts_outlets_dates_by_lines_credits_and_faults(tmp_path):
    found = look([files(tmp_path)], Config())
    assert (found.articles, dict(found.outlets)) == (2, {"Le Fanal": 1, "La Bouée": 1})
    assert dict(found.dates) == {"input, minute": 1, "none": 1} and found.first_date == "2025-03-12T10:00+00:00"
    assert (found.bylines, dict(found.credits)) == (1, {"AFP": 1})
    assert len(found.faults) == 1 and len(found.kept_faults) == 1
    assert found.kinds == {"CSV": 1, "JSON": 1} and found.first["title"] == "Le pont"
    assert len(three_lines(found)) == 3 and "2 (0 dispatches)" in three_lines(found)[0]


def test_the_command_shows_each_file(tmp_path):
    result = CliRunner().invoke(cli.app, ["inspect", str(files(tmp_path))])
    assert result.exit_code == 0, result.output
    assert "a.csv" in result.stdout and "CSV 1" in result.stdout and "not JSON" in result.stdout
    result = CliRunner().invoke(cli.app, ["inspect", str(tmp_path / "a.csv"), "--json", "--columns", "text=Titre"])
    assert json.loads(result.stdout)[0]["first"]["text"] == "Le pont"
