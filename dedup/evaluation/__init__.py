"""A snapshot and labels -> scores; labels and snapshots -> the model of evidence."""
