"""OUTLET_PAIRS -> a graph, as networkx and as GraphML."""

from __future__ import annotations

import re
from io import BytesIO
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    import networkx


ENDS = ("outlet_from", "outlet_to")


def network(pairs: pa.Table, about: pa.Table | None = None) -> networkx.DiGraph:
    """OUTLET_PAIRS as a graph; with OUTLETS, their figures stand on the nodes.

    ``weight`` of an arc is its pairs of articles: ``edges`` of known order and ``tied`` ones, which are added to the
    arc (of the two between these outlets) that has more edges, so that the weights add up to the table's edges.
    ``hourdiff_median`` and the shares are those of the directed row; ``directed`` is false for an arc of ties alone.
    """
    import networkx

    graph: networkx.DiGraph = networkx.DiGraph()
    rows = pairs.to_pylist()
    graph.add_nodes_from(sorted({row[end] for row in rows for end in ENDS}))
    # directed rows first: the others look for an arc to join
    for row in sorted(rows, key=lambda row: (not row["directed"], row["outlet_from"], row["outlet_to"])):
        start, end = row["outlet_from"], row["outlet_to"]
        if not row["directed"]:
            there, back = (graph.edges.get(arc, {}).get("edges", 0) for arc in ((start, end), (end, start)))
            if there or back:
                arc = graph.edges[(start, end) if there >= back else (end, start)]
                for name in ("weight", "tied"):
                    arc[name] += row["edges"]
                arc["n_words"] += row["n_words"]
                continue
        figures = {name: figure for name, figure in row.items() if name not in (*ENDS, "edges")}
        counts = {"weight": row["edges"], "edges": 0, "tied": 0, ("edges" if row["directed"] else "tied"): row["edges"]}
        graph.add_edge(start, end, **counts, **_without_nulls(figures))
    for row in () if about is None else about.to_pylist():
        if (name := row.pop("outlet")) in graph:
            graph.nodes[name].update(_without_nulls(row))
    return graph


def graphml(graph: networkx.DiGraph) -> tuple[bytes, int]:
    """The graph as a GraphML file, for Gephi and others, and how many names held what XML refuses.

    The same graph gives the same bytes. Two names that differ in such characters alone stay two nodes.
    """
    import networkx

    names: dict[str, str] = {}
    for name in graph:
        clean = xml_text(name)
        while clean in names.values():
            clean += "_"
        names[name] = clean
    named = networkx.relabel_nodes(graph, names)
    for name in named:
        texts = {key: xml_text(value) for key, value in named.nodes[name].items() if isinstance(value, str)}
        named.nodes[name].update(texts, label=name)
    written = BytesIO()
    networkx.write_graphml_xml(named, written, prettyprint=True, named_key_ids=True)
    return written.getvalue(), sum(name != clean for name, clean in names.items())


_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_text(text: str) -> str:
    """Text without the characters that XML 1.0 (section 2.2) does not know: most controls, U+FFFE and U+FFFF."""
    return _NOT_XML.sub("", text)


def _without_nulls(figures: dict[str, object]) -> dict[str, object]:
    """GraphML knows no null."""
    return {name: value for name, value in figures.items() if value is not None}
