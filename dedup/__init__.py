"""Find where agency copy went: passages, dispatches, credits and lags in French-language news."""

__version__ = "0.1.0"
