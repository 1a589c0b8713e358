"""Authorization, as OpenFGA's Python client uses it."""

from __future__ import annotations

import pytest
from openfga_sdk import FgaObject, ReadRequestTupleKey, UserTypeFilter
from openfga_sdk.client import OpenFgaClient as AsyncOpenFgaClient
from openfga_sdk.client.models import (
    ClientAssertion,
    ClientBatchCheckItem,
    ClientBatchCheckRequest,
    ClientCheckRequest,
    ClientExpandRequest,
    ClientListObjectsRequest,
    ClientListRelationsRequest,
    ClientReadChangesRequest,
    ClientWriteRequest,
    ClientWriteRequestOnDuplicateWrites,
    ClientWriteRequestOnMissingDeletes,
    ConflictOptions,
)
from openfga_sdk.client.models.list_users_request import ClientListUsersRequest
from openfga_sdk.exceptions import (
    ApiException,
    NotFoundException,
    UnauthorizedException,
    ValidationException,
)
from openfga_sdk.models.create_store_request import CreateStoreRequest

from authorization import client, configuration, in_hours, refused, relation, world
from stage import Stage

pytestmark = pytest.mark.configuration("authorization")

ANN = relation("user:ann", "viewer", "document:1")
BOB = relation("user:bob", "viewer", "document:1")
SHARING = [
    relation("user:ann", "member", "group:staff"),
    relation("group:staff#member", "viewer", "document:1"),
    relation("user:bob", "viewer", "folder:f"),
    relation("folder:f", "parent", "document:1"),
    relation("user:*", "viewer", "document:2"),
    relation("user:bob", "blocked", "document:2"),
    in_hours("user:cat", "document:3"),
]


def question(of, **more) -> ClientCheckRequest:
    return ClientCheckRequest(user=of.user, relation=of.relation, object=of.object, **more)


def test_a_store_lives_until_it_is_deleted(stage: Stage) -> None:
    made = client(stage).create_store(CreateStoreRequest(name="life"))
    fga = client(stage, store_id=made.id)
    found = fga.get_store()
    assert (found.id, found.name) == (made.id, "life")
    assert made.id in [store.id for store in fga.list_stores({"name": "life"}).stores]
    fga.delete_store()
    with refused(NotFoundException, "store_id_not_found"):
        fga.get_store()


def test_a_model_reads_back(stage: Stage) -> None:
    fga = world(stage)
    model = fga.read_authorization_model().authorization_model
    assert [definition.type for definition in model.type_definitions] == [
        "user",
        "group",
        "folder",
        "document",
    ]
    assert model.conditions["in_hours"].expression == "hour < 18"
    latest = fga.read_latest_authorization_model().authorization_model
    assert latest.id == model.id
    assert [one.id for one in fga.read_authorization_models().authorization_models] == [model.id]


def test_a_model_with_a_mistake_is_refused(stage: Stage) -> None:
    fga = world(stage)
    relations = {"viewer": {"computedUserset": {"relation": "nope"}}}
    types = [{"type": "document", "relations": relations}]
    with refused(ValidationException, "invalid_authorization_model"):
        fga.write_authorization_model({"schema_version": "1.1", "type_definitions": types})


def test_other_keys_are_refused(stage: Stage) -> None:
    for key in [stage.server.anon_key, "x"]:
        with refused(UnauthorizedException, "unauthenticated"):
            client(stage, key).list_stores()
    assert client(stage, stage.server.service_key).list_stores().stores is not None


def test_tuples_are_written_and_deleted(stage: Stage) -> None:
    fga = world(stage, ANN)
    fga.write(ClientWriteRequest(writes=[BOB], deletes=[ANN]))
    assert fga.check(question(BOB)).allowed
    assert not fga.check(question(ANN)).allowed
    with refused(ValidationException, "write_failed_due_to_invalid_input"):
        fga.write(ClientWriteRequest(writes=[BOB]))
    with refused(ValidationException, "write_failed_due_to_invalid_input"):
        fga.write(ClientWriteRequest(deletes=[ANN]))


def test_what_is_there_or_not_can_be_passed_over(stage: Stage) -> None:
    fga = world(stage, ANN)
    conflict = ConflictOptions(
        on_duplicate_writes=ClientWriteRequestOnDuplicateWrites.IGNORE,
        on_missing_deletes=ClientWriteRequestOnMissingDeletes.IGNORE,
    )
    nobody = relation("user:nobody", "viewer", "document:1")
    fga.write(ClientWriteRequest(writes=[ANN, BOB], deletes=[nobody]), {"conflict": conflict})
    assert fga.check(question(BOB)).allowed
    other = ClientWriteRequest(writes=[in_hours("user:ann", "document:1")])
    with pytest.raises(ApiException, check=lambda error: error.status == 409):
        fga.write(other, {"conflict": conflict})


def test_tuples_that_the_model_does_not_take_are_refused(stage: Stage) -> None:
    fga = world(stage)
    for wrong in [
        relation("folder:f", "viewer", "document:1"),
        relation("user:ann", "nope", "document:1"),
        in_hours("user:ann", "document:1", nope=1),
    ]:
        with refused(ValidationException, "validation_error"):
            fga.write(ClientWriteRequest(writes=[wrong]))


def test_checks_follow_the_model(stage: Stage) -> None:
    fga = world(stage, *SHARING)
    for asked, allowed in [
        (relation("user:ann", "viewer", "document:1"), True),
        (relation("user:bob", "viewer", "document:1"), True),
        (relation("user:dan", "viewer", "document:1"), False),
        (relation("user:dan", "reader", "document:2"), True),
        (relation("user:bob", "reader", "document:2"), False),
    ]:
        assert fga.check(question(asked)).allowed is allowed, asked


def test_conditions_and_contextual_tuples_count(stage: Stage) -> None:
    fga = world(stage, *SHARING)
    cat = relation("user:cat", "viewer", "document:3")
    assert fga.check(question(cat, context={"hour": 9})).allowed
    assert not fga.check(question(cat, context={"hour": 20})).allowed
    with refused(ValidationException, "validation_error"):
        fga.check(question(cat))
    eve = relation("user:eve", "viewer", "document:1")
    assert fga.check(question(eve, contextual_tuples=[eve])).allowed
    wrong = relation("folder:f", "viewer", "document:1")
    with refused(ValidationException, "invalid_tuple"):
        fga.check(question(eve, contextual_tuples=[wrong]))


def test_many_checks_are_answered_at_once(stage: Stage) -> None:
    fga = world(stage, *SHARING)
    items = [
        ClientBatchCheckItem(
            user="user:ann", relation="viewer", object=f"document:{number}", correlation_id=f"c{number}"
        )
        for number in range(60)
    ]
    items.append(
        ClientBatchCheckItem(
            user="user:ann", relation="nope", object="document:1", correlation_id="wrong"
        )
    )
    result = fga.batch_check(ClientBatchCheckRequest(checks=items)).result
    assert sorted(one.correlation_id for one in result if one.allowed) == ["c1", "c2"]
    wrong = next(one for one in result if one.correlation_id == "wrong")
    assert wrong.error.input_error == "validation_error"


def test_objects_are_listed_and_streamed(stage: Stage) -> None:
    fga = world(stage, *SHARING)
    body = ClientListObjectsRequest(
        user="user:ann", relation="viewer", type="document", context={"hour": 9}
    )
    assert sorted(fga.list_objects(body).objects) == ["document:1", "document:2"]
    streamed = [one.object for one in fga.streamed_list_objects(body)]
    assert sorted(streamed) == ["document:1", "document:2"]


def test_users_are_listed_by_their_kind(stage: Stage) -> None:
    fga = world(stage, *SHARING)

    def users(number: str, kind: UserTypeFilter):
        document = FgaObject(type="document", id=number)
        body = ClientListUsersRequest(object=document, relation="viewer", user_filters=[kind])
        return fga.list_users(body).users

    people = users("1", UserTypeFilter(type="user"))
    assert sorted(user.object.id for user in people) == ["ann", "bob"]
    (group,) = users("1", UserTypeFilter(type="group", relation="member"))
    assert (group.userset.id, group.userset.relation) == ("staff", "member")
    (everybody,) = users("2", UserTypeFilter(type="user"))
    assert everybody.wildcard.type == "user"


def test_relations_are_listed_and_expanded(stage: Stage) -> None:
    fga = world(stage, *SHARING)
    body = ClientListRelationsRequest(
        user="user:bob", relations=["viewer", "reader", "blocked"], object="document:2"
    )
    assert sorted(fga.list_relations(body)) == ["blocked", "viewer"]
    tree = fga.expand(ClientExpandRequest(relation="viewer", object="document:1")).tree
    direct, parent = tree.root.union.nodes
    assert direct.leaf.users.users == ["group:staff#member"]
    assert parent.leaf.tuple_to_userset.tupleset == "document:1#parent"


def test_tuples_and_changes_are_read_page_by_page(stage: Stage) -> None:
    fga = world(stage, *SHARING)
    seen, options = [], {"page_size": 3}
    while True:
        page = fga.read(ReadRequestTupleKey(), dict(options))
        seen += [stored.key.user for stored in page.tuples]
        if not page.continuation_token:
            break
        options["continuation_token"] = page.continuation_token
    assert sorted(seen) == sorted(one.user for one in SHARING)
    documents = ClientReadChangesRequest("document")
    first = fga.read_changes(documents, {"page_size": 4})
    assert len(first.changes) == 4
    rest = fga.read_changes(documents, {"continuation_token": first.continuation_token})
    assert len(rest.changes) == 1
    again = fga.read_changes(documents, {"continuation_token": rest.continuation_token})
    assert (again.changes, again.continuation_token) == ([], rest.continuation_token)
    mismatch = "query_string_type_continuation_token_mismatch"
    with refused(ValidationException, mismatch):
        options = {"continuation_token": first.continuation_token}
        fga.read_changes(ClientReadChangesRequest("folder"), options)
    with refused(ValidationException, "invalid_continuation_token"):
        fga.read_changes(documents, {"continuation_token": "forged"})


def test_assertions_are_kept(stage: Stage) -> None:
    fga = world(stage)
    assert fga.read_assertions().assertions == []
    asserted = ClientAssertion(
        user="user:ann", relation="viewer", object="document:1", expectation=True
    )
    fga.write_assertions([asserted])
    (kept,) = fga.read_assertions().assertions
    assert (kept.tuple_key.user, kept.expectation) == ("user:ann", True)


@pytest.mark.anyio
async def test_the_asynchronous_client_asks_the_same(stage: Stage) -> None:
    fga = world(stage, *SHARING)
    options = {
        "store_id": fga.get_store_id(),
        "authorization_model_id": fga.get_authorization_model_id(),
    }
    async with AsyncOpenFgaClient(configuration(stage, **options)) as asynchronous:
        assert (await asynchronous.check(question(ANN))).allowed
        body = ClientListObjectsRequest(user="user:bob", relation="viewer", type="document")
        body.context = {"hour": 9}
        streamed = [one.object async for one in asynchronous.streamed_list_objects(body)]
        assert sorted(streamed) == ["document:1", "document:2"]
