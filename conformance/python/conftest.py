"""The fixtures: one stage per engine and configuration, kept for the whole run."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from deployment import ENGINES
from stage import Stage

TEMPLATE = (
    '<h1>Welcome {{ .Email }}</h1><p><a href="{{ .ConfirmationURL }}">go</a></p>'
    "<p>code {{ .Token }} site {{ .SiteURL }} hash {{ .TokenHash }} to {{ .RedirectTo }}</p>"
)


class _Templates(BaseHTTPRequestHandler):
    def do_GET(self) -> None:  # noqa: N802
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(TEMPLATE.encode())

    def log_message(self, *_args: object) -> None:
        """Keeps the run quiet."""


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """The engine under test: every scenario runs on each."""
    return request.param


@pytest.fixture
def anyio_backend() -> str:
    """Asynchronous scenarios run on asyncio."""
    return "asyncio"


@pytest.fixture(scope="session")
def template_url() -> Iterator[str]:
    """Where a mail template can be fetched, as existing deployments configure it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Templates)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/confirmation.html"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def stages(template_url: str) -> Iterator[Callable[[str, str], Stage]]:
    """Opens stages on demand, and closes them all at the end."""
    opened: dict[tuple[str, str], Stage] = {}

    def stage(engine: str, configuration: str) -> Stage:
        key = (engine, configuration)
        if key not in opened:
            opened[key] = Stage(engine, configuration, {"<template url>": template_url})
        return opened[key]

    yield stage
    for each in opened.values():
        each.close()


@pytest.fixture
def stage(request: pytest.FixtureRequest, engine: str, stages: Callable) -> Stage:
    """The stage of the configuration that the scenario is marked with."""
    marker = request.node.get_closest_marker("configuration")
    assert marker, "mark the scenario with its configuration"
    return stages(engine, marker.args[0])
