"""Files, tables and pages -> ARTICLES and REJECTS: readers, dates, outlets."""
