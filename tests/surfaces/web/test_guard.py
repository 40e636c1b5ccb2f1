"""Connections that hold a place without asking: half-open, slow and many; who asks is answered all the same."""

from __future__ import annotations

import socket
import threading
import time
import urllib.request
from contextlib import closing

import pytest
import uvicorn

from dedup.surfaces.web import guard
from dedup.surfaces.web.guard import GuardedProtocol


async def hello(scope, receive, send) -> None:
    """An application that reads the body and answers."""
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@pytest.fixture
def port(monkeypatch):
    monkeypatch.setattr(guard, "ARRIVAL", 1.0)
    monkeypatch.setattr(guard, "MOST_OPEN", 20)
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        config = uvicorn.Config(hello, http=GuardedProtocol, log_level="error", lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield listening.getsockname()[1]
        server.should_exit = True
        thread.join()


def opened(port: int, content: bytes = b"") -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=5)
    connection.sendall(content)
    return connection


def read_answer(connection: socket.socket) -> bytes:
    content = b""
    while not content.endswith(b"ok"):
        content += connection.recv(1000) or b"closed, ok"
    return content


def is_closed_within(connection: socket.socket, seconds: float) -> bool:
    connection.settimeout(seconds)
    try:
        return connection.recv(100) == b""
    except ConnectionError:
        return True
    except TimeoutError:
        return False


def answered(port: int) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as response:
        return response.read()


@pytest.mark.parametrize(
    "content",
    [b"", b"GET / HTTP/1.1\r\nHo", b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nabc"],
    ids=["nothing", "half a head", "half a body"],
)
def test_a_request_that_does_not_arrive_is_closed(port, content):
    with opened(port, content) as connection:
        assert is_closed_within(connection, 3)


def test_a_request_that_trickles_in_is_closed_however_steadily_it_comes(port):
    with opened(port, b"GET / HTTP/1.1\r\n") as connection:
        began = time.monotonic()
        with pytest.raises(ConnectionError):
            while time.monotonic() - began < 4:
                connection.sendall(b"a: b\r\n")
                time.sleep(0.1)
        assert time.monotonic() - began < 3


def test_the_second_request_of_a_connection_has_its_own_time(port):
    with opened(port, b"GET / HTTP/1.1\r\nhost: x\r\n\r\n") as connection:
        assert b"200 OK" in read_answer(connection)
        time.sleep(0.6)
        connection.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n")
        time.sleep(0.6)
        connection.sendall(b"\r\n")
        assert b"200 OK" in read_answer(connection)


def test_half_a_request_after_a_whole_one_is_closed_too(port):
    with opened(port, b"GET / HTTP/1.1\r\nhost: x\r\n\r\nGET / HT") as connection:
        assert b"200 OK" in read_answer(connection)
        assert is_closed_within(connection, 3)


def test_many_half_open_connections_shut_nobody_out(port):
    held = [opened(port, b"GET / HTTP/1.1\r\n") for _ in range(100)]
    try:
        assert answered(port) == b"ok"
        assert len(GuardedProtocol.open) <= 21
    finally:
        for connection in held:
            connection.close()
