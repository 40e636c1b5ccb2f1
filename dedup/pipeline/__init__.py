"""The steps in their order: a whole run, and the same chain for one text."""
