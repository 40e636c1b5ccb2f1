"""The only door to the disk: what a run keeps for the next one, and the snapshots that it publishes."""
