"""Resources, teams and media, against their OpenAPI description: a tester makes requests up from it."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import httpx
import pytest

from stage import Person, Stage

pytestmark = pytest.mark.configuration("authorization")

CHECKS = ",".join(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_schema_conformance",
        "response_headers_conformance",
        "negative_data_rejection",
    ]
)
# Requests for each operation in the phase that makes them up at random.
EXAMPLES = "25"
SEED = "20261123"
LIMIT_S = 240


class World:
    """A little of everything, so that made-up requests meet something."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.owner, self.member = (stage.signed_in(stage.account()) for _ in range(2))
        self.project, self.generation, self.media = (str(uuid.uuid4()) for _ in range(3))
        owner = self.api(self.owner.session.access_token)
        member = self.api(self.member.session.access_token)
        for resource in (
            {"type": "project", "id": self.project, "visibility": "team-only"},
            {"type": "generation", "id": self.generation, "project_id": self.project},
            {"type": "media", "id": self.media, "generation_id": self.generation},
        ):
            done(owner.post("/authz/resources", json=resource))
        self.team = done(owner.post("/teams", json={"name": "Team", "max_members": 1000}))["id"]
        address = self.member.account.email
        invitation = {"email": address, "role": "editor"}
        sent = done(owner.post(f"/teams/{self.team}/invitations", json=invitation))
        done(member.post("/teams/invitations/accept", json={"invitation_id": sent["id"]}))
        link = {"access_level": "write"}
        done(owner.put(f"/authz/resources/project/{self.project}/teams/{self.team}", json=link))

    def api(self, token: str) -> httpx.Client:
        """A client of the API with a token."""
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.Client(base_url=f"{self.stage.server.url}/api/v1", headers=headers)

    @property
    def ids(self) -> list[str]:
        """What there is, and what there is not."""
        people = [str(person.account.user.id) for person in (self.owner, self.member)]
        things = [self.project, self.generation, self.media, self.team]
        return [*people, *things, "12345678-90ab-4def-8234-567890abcdef"]


def done(reply: httpx.Response) -> dict:
    assert reply.is_success, reply.text
    return reply.json() if reply.content else {}


def description(stage: Stage) -> dict:
    """The description as the server tells it."""
    return done(httpx.get(f"{stage.server.url}/api/v1/authz/openapi.json"))


def requested(document: dict) -> Iterator[dict]:
    """The schemas of whatever goes in."""
    schemas = document["components"]["schemas"]
    for path in document["paths"].values():
        for parameter in path.get("parameters", []):
            yield parameter["schema"]
        for method, operation in path.items():
            if method != "parameters" and "requestBody" in operation:
                body = operation["requestBody"]["content"]["application/json"]["schema"]
                yield schemas[body["$ref"].rsplit("/", 1)[1]]
    yield schemas["QuestionItem"]


def inhabited(document: dict, ids: list[str]) -> dict:
    """The description with the ids that there are where any id may go in."""
    document = deepcopy(document)
    open_schemas = list(requested(document))
    while open_schemas:
        schema = open_schemas.pop()
        if schema.get("format") == "uuid":
            may_be_null = "null" in schema["type"]
            schema.clear()
            schema["enum"] = [*ids, None] if may_be_null else ids
        open_schemas += [one for one in schema.get("properties", {}).values()]
        open_schemas += [schema["items"]] if "items" in schema else []
    return document


def try_out(stage: Stage, document: dict, token: str, folder: Path, *more: str):
    """Lets the tester loose: whether it found nothing, and its output."""
    file = folder / "openapi.json"
    file.write_text(json.dumps(document))
    (folder / "schemathesis.toml").write_text("")
    command = [Path(sys.executable).parent / "schemathesis"]
    command += ["--config-file", folder / "schemathesis.toml"]
    command += ["run", file, "--url", stage.server.url]
    command += ["-H", f"Authorization: Bearer {token}", "--no-color", *more]
    command += ["--max-examples", EXAMPLES, "--seed", SEED, "--generation-database", "none"]
    run = subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=LIMIT_S)
    return run.returncode == 0, run.stdout[-20_000:] + run.stderr[-2_000:]


@pytest.mark.parametrize("asker", ["owner", "member", "service", "nobody"])
def test_every_answer_is_as_described(stage: Stage, tmp_path: Path, asker: str) -> None:
    world = World(stage)
    tokens = {"service": stage.server.service_key, "nobody": "no-token"}
    people: dict[str, Person] = {"owner": world.owner, "member": world.member}
    token = tokens.get(asker) or people[asker].session.access_token
    document = inhabited(description(stage), world.ids)
    # Deletions come last: they would leave nothing to ask about.
    for methods in ("--exclude-method", "--include-method"):
        only = ["--checks", CHECKS, methods, "DELETE"]
        found_nothing, output = try_out(stage, document, token, tmp_path, *only)
        assert found_nothing, output
        assert "Operations:" in output and "/ 40 total" in output, output


def test_an_answer_that_is_not_described_is_found(stage: Stage, tmp_path: Path) -> None:
    world = World(stage)
    document = inhabited(description(stage), world.ids)
    path = "/api/v1/teams/{team_id}"
    team = document["paths"][path]
    del team["get"]["responses"]["404"]
    document["paths"] = {path: {"get": team["get"], "parameters": team["parameters"]}}
    token = world.owner.session.access_token
    found_nothing, output = try_out(
        stage, document, token, tmp_path, "--checks", "status_code_conformance"
    )
    assert not found_nothing and "404" in output, output
