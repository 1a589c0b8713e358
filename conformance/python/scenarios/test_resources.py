"""Resources, teams and media, against their OpenAPI description: a tester makes requests up from it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from resources import World, done
from stage import Stage

pytestmark = pytest.mark.configuration("authorization")

CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
    "negative_data_rejection",
]
# Requests for each operation in the phase that makes them up at random.
EXAMPLES = "25"
SEED = "20261123"
LIMIT_S = 240

API = "/api/v1"
# What deletions take with them.
WHOLE = [f"{API}/authz/resources/{{type}}/{{id}}", f"{API}/teams/{{team_id}}"]
# Method, path and status.
Answer = tuple[str, str, int]
# What each asker must have succeeded with: the tester would say nothing of what it never met.
OPENED = [("GET", f"{API}/media/{{token}}", 200), ("GET", f"{API}/media/verify", 204)]
ANSWERED = [
    ("POST", f"{API}/teams/invitations/accept", 200),
    ("POST", f"{API}/teams/invitations/decline", 204),
]
MET: dict[str, list[Answer]] = {
    "owner": [
        ("POST", f"{API}/authz/resources", 201),
        ("GET", f"{API}/authz/resources/{{type}}/{{id}}", 200),
        ("PATCH", f"{API}/authz/resources/{{type}}/{{id}}", 204),
        ("DELETE", f"{API}/authz/resources/{{type}}/{{id}}", 200),
        ("POST", f"{API}/authz/authorize", 200),
        ("POST", f"{API}/authz/authorize/batch", 200),
        ("POST", f"{API}/authz/authorize/permissions", 200),
        ("GET", f"{API}/authz/visible", 200),
        ("PUT", f"{API}/authz/resources/project/{{id}}/privacy", 200),
        ("PUT", f"{API}/authz/resources/project/{{id}}/teams/{{team_id}}", 204),
        ("PUT", f"{API}/authz/resources/project/{{id}}/grants/{{user_id}}", 204),
        ("POST", f"{API}/authz/resources/batch", 201),
        ("POST", f"{API}/media/sign", 201),
        ("POST", f"{API}/media/revoke", 204),
        ("DELETE", f"{API}/authz/resources/project/{{id}}/teams/{{team_id}}", 204),
        ("DELETE", f"{API}/authz/resources/project/{{id}}/grants/{{user_id}}", 204),
        ("DELETE", f"{API}/teams/{{team_id}}/members/{{user_id}}", 204),
        ("DELETE", f"{API}/teams/{{team_id}}/invitations/{{invitation_id}}", 204),
        *ANSWERED,
        *OPENED,
    ],
    "member": [*ANSWERED, *OPENED, ("POST", f"{API}/teams/{{team_id}}/leave", 204)],
    "administrator": [
        ("GET", f"{API}/authz/emergency", 200),
        ("POST", f"{API}/authz/emergency", 201),
        ("POST", f"{API}/authz/emergency/{{id}}/approve", 200),
        ("POST", f"{API}/authz/emergency/{{id}}/end", 200),
    ],
    "service": [
        ("GET", f"{API}/authz/visible", 200),
        ("GET", f"{API}/teams", 200),
        ("POST", f"{API}/authz/resources", 201),
        ("POST", f"{API}/authz/resources/batch", 201),
        ("POST", f"{API}/authz/authorize", 200),
        ("POST", f"{API}/media/sign", 201),
        ("POST", f"{API}/teams/{{team_id}}/transfer", 204),
        ("PUT", f"{API}/teams/{{team_id}}/members/{{user_id}}", 204),
        ("DELETE", f"{API}/teams/{{team_id}}", 204),
    ],
    "nobody": OPENED,
}


def description(stage: Stage) -> dict:
    """The description as the server tells it."""
    return done(httpx.get(f"{stage.server.url}/api/v1/authz/openapi.json"))


def requested(document: dict) -> Iterator[tuple[str, dict]]:
    """The names and schemas of whatever goes in."""
    schemas = document["components"]["schemas"]
    for path, operations in document["paths"].items():
        of_path = operations.get("parameters", [])
        operations = [one for method, one in operations.items() if method != "parameters"]
        of_operations = (one for each in operations for one in each.get("parameters", []))
        for parameter in [*of_path, *of_operations]:
            is_emergency = "/emergency/{id}" in path
            yield "emergency_id" if is_emergency else parameter["name"], parameter["schema"]
        for operation in operations:
            if "requestBody" in operation:
                body = operation["requestBody"]["content"]["application/json"]["schema"]
                yield "body", schemas[body["$ref"].rsplit("/", 1)[1]]
    yield "body", schemas["QuestionItem"]


def inhabited(document: dict, world: World) -> dict:
    """The description with the ids that there are where any id may go in, and with real links."""
    document = deepcopy(document)
    pools = world.pools
    open_schemas = list(requested(document))
    while open_schemas:
        name, schema = open_schemas.pop()
        if schema.get("format") == "uuid":
            may_be_null = "null" in schema["type"]
            schema.clear()
            schema["enum"] = [*pools[name], None] if may_be_null else pools[name]
        open_schemas += schema.get("properties", {}).items()
        open_schemas += [(name, schema["items"])] if "items" in schema else []
    for path, operations in document["paths"].items():
        for parameter in operations.get("parameters", []):
            name = "emergency_id" if "/emergency/{id}" in path else parameter["name"]
            real = {"type": "project", "token": world.links[0]}
            parameter["example"] = real.get(name) or pools[name][0]
        for operation in operations.values():
            if "requestBody" in operation:
                content = operation["requestBody"]["content"]["application/json"]
                body = content["schema"]["$ref"].rsplit("/", 1)[1]
                if body in world.bodies:
                    content["example"] = world.bodies[body]
    verify = document["paths"][f"{API}/media/verify"]["get"]["parameters"]
    in_header = next(one for one in verify if one["name"] == "Claviger-Media-Token")
    in_header["schema"]["examples"] = world.links
    # Whoever accepts would leave none to decline.
    offer = deepcopy(document["components"]["schemas"]["Offer"])
    offer["properties"]["invitation_id"] = {"enum": world.to_decline}
    decline = document["paths"][f"{API}/teams/invitations/decline"]["post"]["requestBody"]
    decline["content"]["application/json"] = {"schema": offer}
    return document


def configured(checks: list[str]) -> str:
    """The tester's configuration for some of its checks."""
    # Requests that go on from answers may have ids that the narrowed description does not know of,
    # and are good all the same: what is bad is tried out by requests that stand alone.
    off = "[checks]\nenabled = false\n[phases.stateful.checks]\nnegative_data_rejection.enabled = false\n"
    return off + "".join(f"[checks.{check}]\nenabled = true\n" for check in checks)


def try_out(stage: Stage, document: dict, token: str, folder: Path, checks: list[str]):
    """Lets the tester loose: whether it found nothing, and its output."""
    file = folder / "openapi.json"
    file.write_text(json.dumps(document))
    (folder / "schemathesis.toml").write_text(configured(checks))
    command = [Path(sys.executable).parent / "schemathesis"]
    command += ["--config-file", folder / "schemathesis.toml"]
    command += ["run", file, "--url", stage.server.url]
    command += ["-H", f"Authorization: Bearer {token}", "--no-color"]
    command += ["--max-examples", EXAMPLES, "--seed", SEED, "--generation-database", "none"]
    command += ["--report", "har", "--report-har-path", folder / "requests.har"]
    run = subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=LIMIT_S)
    return run.returncode == 0, run.stdout[-20_000:] + run.stderr[-2_000:]


def part_of(document: dict, part: str) -> dict:
    """Deletions come apart, those of parts before the others: they leave nothing to ask about."""

    def is_in(path: str, method: str) -> bool:
        if method == "delete":
            return part == ("deletions" if path in WHOLE else "deletions of parts")
        return part == "requests" or method == "parameters"

    document = deepcopy(document)
    for path, operations in document["paths"].items():
        kept = {method: one for method, one in operations.items() if is_in(path, method)}
        document["paths"][path] = kept
    return document


def successes(document: dict) -> set[Answer]:
    """The successes that are described."""
    return {
        (method.upper(), path, int(status))
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if method != "parameters"
        for status in operation["responses"]
        if status.startswith("2")
    }


def answers(document: dict, folder: Path) -> set[Answer]:
    """What the requests of the last run were answered with."""
    templates = {
        path: re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path) + "$") for path in document["paths"]
    }
    # A path without parameters comes before one that it fits as well.
    templates = dict(sorted(templates.items(), key=lambda one: one[0].count("{")))
    answered = set()
    for entry in json.loads((folder / "requests.har").read_text())["log"]["entries"]:
        path = urlsplit(entry["request"]["url"]).path
        of = next((one for one, pattern in templates.items() if pattern.match(path)), None)
        if of is not None:
            answered.add((entry["request"]["method"], of, entry["response"]["status"]))
    return answered


@pytest.mark.parametrize("asker", ["owner", "member", "administrator", "service", "nobody"])
def test_every_answer_is_as_described(stage: Stage, tmp_path: Path, asker: str) -> None:
    answered: set[Answer] = set()
    tried = 0
    for part in ("requests", "deletions of parts", "deletions"):
        world = World(stage, asker)
        whole = inhabited(description(stage), world)
        document = part_of(whole, part)
        found_nothing, output = try_out(stage, document, world.token, tmp_path, CHECKS)
        assert found_nothing, output
        selected = re.search(r"(\d+) selected / (\d+) total", output)
        assert selected and selected[1] == selected[2], output
        tried += int(selected[1])
        answered |= answers(document, tmp_path)
    assert tried == 40
    missed = successes(whole) - answered
    assert not missed & set(MET[asker]), sorted(missed)


def test_an_answer_that_is_not_described_is_found(stage: Stage, tmp_path: Path) -> None:
    world = World(stage, "owner")
    document = inhabited(description(stage), world)
    path = "/api/v1/teams/{team_id}"
    team = document["paths"][path]
    del team["get"]["responses"]["404"]
    document["paths"] = {path: {"get": team["get"], "parameters": team["parameters"]}}
    checks = ["status_code_conformance"]
    found_nothing, output = try_out(stage, document, world.token, tmp_path, checks)
    assert not found_nothing and "404" in output, output
