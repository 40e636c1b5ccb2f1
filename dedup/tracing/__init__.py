"""MATCHES -> PASSAGES, CLUSTERS, PROVENANCE: whose prose a passage is, and how surely."""
