"""Prefect flows around the library; the only package that imports Prefect.

Prefect reads its settings when it is first imported, so what a run wants of it is said here, before that:
nothing is sent anywhere, nothing is fetched, and the console stays quiet (the run page still gets every line).
A variable that the user has set is left as it is.
"""

import os

SETTINGS = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    "PREFECT_SERVER_UI_V2_ENABLED": "false",  # its pages ask a third party for settings, whatever the two above say
    "PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED": "false",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
}

for _name, _value in SETTINGS.items():
    os.environ.setdefault(_name, _value)
