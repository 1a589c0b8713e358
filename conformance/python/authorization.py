"""OpenFGA's client for the authorization API, and a store for each scenario."""

from __future__ import annotations

import json

import pytest
from openfga_sdk import ClientConfiguration
from openfga_sdk.client.models import ClientTuple, ClientWriteRequest
from openfga_sdk.configuration import RetryParams
from openfga_sdk.credentials import CredentialConfiguration, Credentials
from openfga_sdk.exceptions import ApiException
from openfga_sdk.models.relationship_condition import RelationshipCondition
from openfga_sdk.sync import OpenFgaClient

from stage import Stage


def _computed(relation: str) -> dict:
    return {"computedUserset": {"relation": relation}}


def _types(*names: str) -> dict:
    return {"directly_related_user_types": [{"type": name} for name in names]}


_VIEWERS = [
    {"type": "user"},
    {"type": "user", "wildcard": {}},
    {"type": "group", "relation": "member"},
    {"type": "user", "condition": "in_hours"},
]
_INHERITED = {
    "tupleToUserset": {
        "tupleset": {"relation": "parent"},
        "computedUserset": {"relation": "viewer"},
    }
}

# Documents in folders, groups, a wildcard, an exclusion and a condition.
MODEL = {
    "schema_version": "1.1",
    "type_definitions": [
        {"type": "user"},
        {
            "type": "group",
            "relations": {"member": {"this": {}}},
            "metadata": {"relations": {"member": _types("user")}},
        },
        {
            "type": "folder",
            "relations": {"viewer": {"this": {}}},
            "metadata": {"relations": {"viewer": _types("user")}},
        },
        {
            "type": "document",
            "relations": {
                "parent": {"this": {}},
                "blocked": {"this": {}},
                "viewer": {"union": {"child": [{"this": {}}, _INHERITED]}},
                "reader": {
                    "difference": {"base": _computed("viewer"), "subtract": _computed("blocked")}
                },
            },
            "metadata": {
                "relations": {
                    "parent": _types("folder"),
                    "blocked": _types("user"),
                    "viewer": {"directly_related_user_types": _VIEWERS},
                }
            },
        },
    ],
    "conditions": {
        "in_hours": {
            "name": "in_hours",
            "expression": "hour < 18",
            "parameters": {"hour": {"type_name": "TYPE_NAME_INT"}},
        }
    },
}


def configuration(stage: Stage, key: str | None = None, **options) -> ClientConfiguration:
    """What a client of the server under test is made with; refusals are not tried again."""
    token = CredentialConfiguration(api_token=key or stage.server.preshared_key)
    credentials = Credentials(method="api_token", configuration=token)
    retries = RetryParams(max_retry=0)
    url = stage.server.url
    return ClientConfiguration(
        api_url=url, credentials=credentials, retry_params=retries, **options
    )


def client(stage: Stage, key: str | None = None, **options) -> OpenFgaClient:
    """A client of the server under test."""
    return OpenFgaClient(configuration(stage, key, **options))


def world(stage: Stage, *tuples: ClientTuple) -> OpenFgaClient:
    """A client of a new store with the model and these tuples."""
    from openfga_sdk.models.create_store_request import CreateStoreRequest

    store = client(stage).create_store(CreateStoreRequest(name="scenario"))
    fga = client(stage, store_id=store.id)
    written = fga.write_authorization_model(json.loads(json.dumps(MODEL)))
    fga.set_authorization_model_id(written.authorization_model_id)
    if tuples:
        fga.write(ClientWriteRequest(writes=list(tuples)))
    return fga


def relation(user: str, name: str, of: str) -> ClientTuple:
    """Whoever has which relation to what."""
    return ClientTuple(user=user, relation=name, object=of)


def in_hours(user: str, of: str, **context) -> ClientTuple:
    """A tuple that counts before six in the evening."""
    condition = RelationshipCondition(name="in_hours", context=context)
    return ClientTuple(user=user, relation="viewer", object=of, condition=condition)


def refused(kind: type[ApiException], code: str):
    """Expects the client to raise the API's refusal for this reason."""
    return pytest.raises(kind, check=lambda error: error.code == code)
