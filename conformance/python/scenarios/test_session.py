"""Staying signed in with the Python clients."""

import asyncio

import httpx
import jwt
import pytest
from supabase_auth._sync.storage import SyncMemoryStorage
from supabase_auth.errors import AuthApiError, AuthInvalidJwtError

from stage import PASSWORD, refused


def _claims(token: str) -> dict:
    return jwt.decode(token, options={"verify_signature": False})


class _Recorder(httpx.HTTPTransport):
    """Passes requests on and remembers their paths."""

    def __init__(self) -> None:
        super().__init__()
        self.paths: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.paths.append(request.url.path.removeprefix("/auth/v1"))
        return super().handle_request(request)


@pytest.mark.configuration("modern")
def test_claims_are_verified_locally_with_one_look_at_the_key_set(stage):
    recorder = _Recorder()
    person = stage.signed_in(stage.account(), http_client=httpx.Client(transport=recorder))
    recorder.paths.clear()
    for _ in range(2):
        claims = person.client.get_claims()["claims"]
        assert claims["sub"] == person.account.user.id
        assert claims["aud"] == "authenticated"
    assert recorder.paths == ["/.well-known/jwks.json"]


@pytest.mark.configuration("modern")
@pytest.mark.anyio
async def test_a_forged_token_is_not_verified(stage):
    person = stage.person()
    header, _, signature = person.session.access_token.split(".")
    claims = _claims(person.session.access_token) | {"role": "service_role"}
    forged = jwt.encode(claims, "x" * 32, "HS256").split(".")[1]
    with pytest.raises(AuthInvalidJwtError):
        await stage.async_client().get_claims(f"{header}.{forged}.{signature}")


@pytest.mark.configuration("open")
def test_claims_of_a_shared_secret_are_verified_by_the_server(stage):
    person = stage.person()
    assert person.client.get_claims()["claims"]["sub"] == person.account.user.id
    person.client.sign_out()
    with refused(403, "session_not_found"):
        stage.client().get_claims(person.session.access_token)


@pytest.mark.configuration("open")
def test_a_session_survives_a_restart_of_the_application(stage):
    storage = SyncMemoryStorage()
    person = stage.signed_in(stage.account(), storage=storage)
    restarted = stage.client(storage=storage)
    restarted.initialize()
    assert restarted.get_session().refresh_token == person.session.refresh_token
    assert restarted.get_user().user.id == person.account.user.id


@pytest.mark.configuration("open")
def test_a_renewal_keeps_the_session_and_changes_the_refresh_token(stage):
    person = stage.person()
    events = []
    person.client.on_auth_state_change(lambda event, _session: events.append(event))
    renewed = person.client.refresh_session().session
    assert renewed.refresh_token != person.session.refresh_token
    before, after = _claims(person.session.access_token), _claims(renewed.access_token)
    assert after["session_id"] == before["session_id"]
    assert events == ["TOKEN_REFRESHED"]


@pytest.mark.configuration("open")
def test_tokens_are_handed_over_to_another_client(stage):
    person = stage.person()
    other = stage.client()
    reply = other.set_session(person.session.access_token, person.session.refresh_token)
    assert reply.user.id == person.account.user.id
    assert other.refresh_session().session is not None


@pytest.mark.configuration("modern")
def test_a_replayed_token_of_two_renewals_ago_ends_the_session(stage):
    person = stage.person()
    person.client.refresh_session()
    newest = person.client.refresh_session().session
    with refused(400, "refresh_token_already_used"):
        stage.client().refresh_session(person.session.refresh_token)
    with refused(400, "refresh_token_not_found"):
        stage.client().refresh_session(newest.refresh_token)
    with refused(403, "session_not_found"):
        stage.client().get_user(newest.access_token)


@pytest.mark.parametrize("configuration", ["open", "modern"])
@pytest.mark.anyio
async def test_renewals_of_one_token_at_once_have_one_successor(engine, stages, configuration):
    stage = stages(engine, configuration)
    person = stage.person()
    token = person.session.refresh_token
    renewals = (stage.async_client().refresh_session(token) for _ in range(30))
    replies = await asyncio.gather(*renewals)
    assert len({reply.session.refresh_token for reply in replies}) == 1
    successor = replies[0].session.refresh_token
    assert (await stage.async_client().refresh_session(successor)).session is not None


@pytest.mark.configuration("open")
@pytest.mark.parametrize(
    ("scope", "here_ends", "there_ends"),
    [("global", True, True), ("local", True, False), ("others", False, True)],
)
def test_signing_out_ends_what_its_scope_says(stage, scope, here_ends, there_ends):
    account = stage.account()
    here, there = stage.signed_in(account), stage.signed_in(account)
    here.client.sign_out({"scope": scope})
    for person, ends in ((here, here_ends), (there, there_ends)):
        if ends:
            with refused(403, "session_not_found"):
                stage.client().get_user(person.session.access_token)
            with refused(400, "refresh_token_not_found"):
                stage.client().refresh_session(person.session.refresh_token)
        else:
            assert person.client.get_user().user.id == account.user.id


@pytest.mark.configuration("open")
@pytest.mark.anyio
async def test_many_sign_ins_at_once_give_everybody_the_own_token(stage):
    accounts = [stage.account() for _ in range(8)]

    async def sign_in(account):
        reply = await stage.async_client().sign_in_with_password(account.credentials)
        seen = await stage.async_client().get_user(reply.session.access_token)
        return account.user.id, _claims(reply.session.access_token)["sub"], seen.user.id

    results = await asyncio.gather(*(sign_in(account) for account in accounts * 3))
    assert len(results) == 24
    for wanted, claimed, seen in results:
        assert wanted == claimed == seen


@pytest.mark.configuration("single_session")
def test_a_newer_sign_in_ends_the_older_session(stage):
    account = stage.account()
    older, newer = stage.signed_in(account), stage.signed_in(account)
    with refused(400, "session_expired"):
        older.client.refresh_session()
    assert newer.client.refresh_session().session is not None


@pytest.mark.configuration("open")
def test_a_renewal_with_nonsense_is_refused(stage):
    for token in ("x", "' OR 1=1 --", "a" * 10_000):
        with refused(400, "validation_failed"):
            stage.client().refresh_session(token)


@pytest.mark.configuration("open")
def test_a_wrong_key_is_refused_before_the_password_is_tried(stage):
    account = stage.account(PASSWORD)
    with pytest.raises(AuthApiError, check=lambda error: error.status == 401):
        stage.client("sb_publishable_not-issued").sign_in_with_password(account.credentials)
