"""The network of outlets as a graph and as GraphML."""

from __future__ import annotations

from io import BytesIO

from summaries import article_provenance, articles, match, matches, outlet, over_all, provenance, shuffled, told

from dedup.summary import figures
from dedup.summary.network import graphml, network
from dedup.summary.outlets import outlets
from dedup.summary.pairs import outlet_pairs


def test_the_network_keeps_every_edge_of_the_table():
    known = articles(
        outlet("a", "Le Phare", 0), outlet("b", "La Digue", 1), outlet("c", "La Digue", 0), outlet("d", "Le Môle"),
        outlet("e", "La Digue", -3),
    )  # fmt: skip
    pairs = outlet_pairs(known, matches(*(match("a", other) for other in "bcde")), provenance())
    graph = network(figures.over_all(pairs))
    assert sum(weight for *_, weight in graph.edges(data="weight")) == sum(row["edges"] for row in over_all(pairs))
    # La Digue -> Le Phare and back have an edge each; the tie joins the arc in the order of names
    assert graph.edges["La Digue", "Le Phare"]["tied"] == 1
    assert graph.edges["Le Phare", "La Digue"]["tied"] == 0
    assert graph.edges["Le Môle", "Le Phare"]["directed"] is False


def test_graphml_is_read_back_with_the_figures_of_the_outlets():
    import networkx

    known = articles(outlet("a", "L'Été <nord> & Cie", 0, owner_group="Groupe Nord"), outlet("b", "La Digue", 1))
    pairs = outlet_pairs(known, matches(match("a", "b")), provenance())
    about = outlets(known, article_provenance(told("a"), told("b")), provenance())
    written, changed = graphml(network(*map(figures.over_all, (pairs, about))))
    assert not changed
    assert written == graphml(network(*(figures.over_all(shuffled(rows)) for rows in (pairs, about))))[0]
    graph = networkx.read_graphml(BytesIO(written))
    assert graph.is_directed()
    assert graph.nodes["L'Été <nord> & Cie"]["owner_group"] == "Groupe Nord"
    assert graph.nodes["La Digue"]["label"] == "La Digue"
    assert graph.edges["L'Été <nord> & Cie", "La Digue"]["hourdiff_median"] == 1.0
