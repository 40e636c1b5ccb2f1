"""ARTICLES, PARAGRAPHS -> CREDITS: who is named as the source, and what that says."""
