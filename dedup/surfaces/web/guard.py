"""Connections that hold a place without asking are closed: half-open, slow, or too many.

uvicorn bounds how long an idle connection is kept after an answer, but not how long a request may take to arrive.
This protocol adds both limits. It leans on names of uvicorn's own (``cycle``, ``conn``, ``loop``, ``transport``; known
to work with uvicorn 0.54).
"""

from __future__ import annotations

import time
from typing import Any, ClassVar

from uvicorn.protocols.http.h11_impl import H11Protocol

ARRIVAL = 10.0
"""Seconds in which a request must have arrived whole, its body too."""

MOST_OPEN = 400
"""Open connections; when there are more, the one that has been arriving for longest is closed."""


class GuardedProtocol(H11Protocol):
    """HTTP/1.1 with a time limit on arriving and a bound on open connections."""

    arriving: ClassVar[dict[GuardedProtocol, float]] = {}
    """Connections whose request has not arrived whole -> when it began to; the longest first."""
    open: ClassVar[set[GuardedProtocol]] = set()

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.open.add(self)
        self._begins()
        while len(self.open) > MOST_OPEN and self.arriving:
            self._drop(next(iter(self.arriving)))

    def connection_lost(self, exc: Exception | None) -> None:
        self.open.discard(self)
        self.arriving.pop(self, None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self not in self.arriving and not self._in_hand():
            self._begins()
        super().data_received(data)
        if self._in_hand():
            self.arriving.pop(self, None)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self._in_hand() and self.conn.trailing_data[0]:  # a part of the next request came with the last one
            self._begins()

    def _begins(self) -> None:
        self.arriving[self] = time.monotonic()
        self.loop.call_later(ARRIVAL, self._due)

    def _due(self) -> None:
        """Close the connection if the request that it waited for ``ARRIVAL`` seconds ago is still arriving."""
        began = self.arriving.get(self)
        if began is not None and time.monotonic() - began >= ARRIVAL - 0.01 and not self._in_hand():
            self._drop(self)

    def _in_hand(self) -> bool:
        """Whether a request has arrived whole and is being answered."""
        cycle = getattr(self, "cycle", None)
        return cycle is not None and not cycle.response_complete and not cycle.more_body

    @classmethod
    def _drop(cls, connection: GuardedProtocol) -> None:
        cls.arriving.pop(connection, None)
        cls.open.discard(connection)
        connection.transport.abort()
