"""The fixtures: one stage per engine and configuration, kept for the whole run."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from deployment import ENGINES
from stage import Stage

TEMPLATE = (
    '<h1>Welcome {{ .Email }}</h1><p><a href="{{ .ConfirmationURL }}">go</a></p>'
    "<p>code {{ .Token }} site {{ .SiteURL }} hash {{ .TokenHash }} to {{ .RedirectTo }}</p>"
)


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """The engine under test: every scenario runs on each."""
    return request.param


@pytest.fixture
def anyio_backend() -> str:
    """Asynchronous scenarios run on asyncio."""
    return "asyncio"


@pytest.fixture(scope="session")
def stages() -> Iterator[Callable[[str, str], Stage]]:
    """Opens stages on demand, and closes them all at the end."""
    opened: dict[tuple[str, str], Stage] = {}

    def stage(engine: str, configuration: str) -> Stage:
        key = (engine, configuration)
        if key not in opened:
            opened[key] = Stage(engine, configuration, {"<template>": TEMPLATE})
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
