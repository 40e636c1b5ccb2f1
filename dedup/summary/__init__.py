"""PROVENANCE -> OUTLETS, OUTLET_PAIRS, WIRE_PICKUP, and the few figures that a run ends with."""
