"""What stands on a page of the report in a browser, and the English words that no French page may hold."""

from __future__ import annotations

import re
from typing import Any

from dedup.surfaces.report import files

_SAID = """() => {
    const said = [];
    const walk = node => {
        if (node.nodeType === 3) said.push(node.data);
        // headlines and texts bear their language; names of columns, files and settings are code
        if (node.nodeType !== 1 || ["CODE", "PRE", "SCRIPT", "STYLE"].includes(node.tagName)) return;
        if (node.lang && node !== document.documentElement) return;
        for (const name of ["aria-label", "title", "placeholder"]) said.push(node.getAttribute(name) || "");
        node.childNodes.forEach(walk);
    };
    walk(document.documentElement);
    return said.join("\\n");
}"""


def english_alone(given: str) -> set[str]:
    """Words of the English catalogue that no French phrase and nothing in the corpus (``given``) has."""
    said = re.findall(r'\["((?:[^"\\]|\\.)*)",\s+"((?:[^"\\]|\\.)*)"\]', files.asset("words.js"))
    french, english = (
        {word.lower() for text in texts for word in re.findall(r"[^\W\d_]{2,}", re.sub(r"\\u00..|\{\w+\}", " ", text))}
        for texts in zip(*said, strict=True)
    )
    return english - french - {word.lower() for word in re.findall(r"[^\W\d_]+", given)}


def said_on(tab: Any) -> set[str]:
    """The words that a page says itself, in small letters: texts and headlines of the corpus bear their language."""
    return {word.lower() for word in re.findall(r"[^\W\d_]{2,}", tab.evaluate(_SAID))}
