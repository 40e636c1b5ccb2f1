"""Articles as printed -> paragraphs, words and their folded letters."""
