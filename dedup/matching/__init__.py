"""PARAGRAPHS -> MATCHES: windows, signatures, the band join, and the alignment that proves."""
