"""Signing in with the Python clients."""

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from stage import OTHER_PASSWORD, PASSWORD, address, refused


@pytest.mark.configuration("open")
def test_the_right_password_signs_in(stage):
    account = stage.account()
    client = stage.client()
    events = []
    client.on_auth_state_change(lambda event, _session: events.append(event))
    reply = client.sign_in_with_password(account.credentials)
    assert reply.user.id == account.user.id
    assert reply.user.last_sign_in_at is not None
    assert events == ["SIGNED_IN"]


@pytest.mark.configuration("open")
def test_a_wrong_password_and_an_unknown_address_are_told_alike(stage):
    account = stage.account()
    for credentials in (
        {"email": account.email, "password": OTHER_PASSWORD},
        {"email": address(), "password": PASSWORD},
    ):
        with refused(400, "invalid_credentials") as caught:
            stage.client().sign_in_with_password(credentials)
        assert caught.value.message == "Invalid login credentials"


@pytest.mark.configuration("open")
@pytest.mark.anyio
async def test_an_asynchronous_client_is_refused_alike(stage):
    with refused(400, "invalid_credentials"):
        await stage.async_client().sign_in_with_password({"email": address(), "password": PASSWORD})


@pytest.mark.configuration("confirm")
def test_a_code_makes_an_account_unless_that_is_excluded(stage):
    email = address()
    client = stage.client()
    with refused(422, "otp_disabled"):
        client.sign_in_with_otp({"email": email, "options": {"should_create_user": False}})
    client.sign_in_with_otp({"email": email, "options": {"data": {"name": "New"}}})
    code = stage.mailbox.next(email).code
    reply = client.verify_otp({"email": email, "token": code, "type": "email"})
    assert reply.user.user_metadata["name"] == "New"
    client.sign_in_with_otp({"email": email, "options": {"should_create_user": False}})
    assert stage.mailbox.next(email).code


@pytest.mark.configuration("confirm")
def test_a_magic_link_is_what_the_client_can_start_from(stage):
    account = stage.account()
    client = stage.client()
    client.sign_in_with_otp({"email": account.email})
    client.initialize(url=stage.follow(stage.mailbox.next(account.email).link))
    assert client.get_user().user.id == account.user.id


@pytest.mark.configuration("confirm")
@pytest.mark.anyio
async def test_a_magic_link_of_a_pkce_flow_ends_in_a_code(stage):
    account = stage.account()
    client = stage.async_client(flow_type="pkce")
    await client.sign_in_with_otp({"email": account.email})
    arrival = stage.follow(stage.mailbox.next(account.email).link)
    code = parse_qs(urlsplit(arrival).query)["code"][0]
    reply = await client.exchange_code_for_session({"auth_code": code})
    assert reply.user.id == account.user.id


@pytest.mark.configuration("confirm")
def test_a_phone_number_with_a_configured_code_signs_in(stage):
    client = stage.client()
    client.sign_in_with_otp({"phone": "+15555550100"})
    with refused(403, "otp_expired"):
        client.verify_otp({"phone": "+15555550100", "token": "999999", "type": "sms"})
    reply = client.verify_otp({"phone": "+15555550100", "token": "123456", "type": "sms"})
    assert reply.user.phone == "15555550100"


@pytest.mark.configuration("open")
def test_an_anonymous_user_becomes_permanent(stage):
    email = address()
    client = stage.client()
    before = client.sign_in_anonymously({"options": {"data": {"theme": "dark"}}}).user
    assert before.is_anonymous
    assert before.user_metadata == {"theme": "dark"}
    after = client.update_user({"email": email}).user
    assert (after.id, after.is_anonymous) == (before.id, False)
    client.update_user({"password": PASSWORD})
    reply = stage.client().sign_in_with_password({"email": email, "password": PASSWORD})
    assert reply.user.id == before.id


@pytest.mark.configuration("locked")
def test_an_anonymous_sign_in_can_be_switched_off(stage):
    with refused(422, "anonymous_provider_disabled"):
        stage.client().sign_in_anonymously()


@pytest.mark.configuration("open")
def test_single_sign_on_says_that_it_is_disabled(stage):
    with refused(404, "saml_provider_disabled"):
        stage.client().sign_in_with_sso({"domain": "example.com"})


@pytest.mark.configuration("open")
def test_a_provider_is_asked_with_a_challenge_and_a_state(stage):
    client = stage.client(flow_type="pkce")
    options = {"redirect_to": "http://app.example.test/after", "scopes": "repo"}
    url = client.sign_in_with_oauth({"provider": "github", "options": options}).url
    sent = parse_qs(urlsplit(url).query)
    assert sent["code_challenge_method"] == ["s256"]
    answer = httpx.get(url)
    assert answer.status_code == 302
    target = urlsplit(answer.headers["location"])
    asked = parse_qs(target.query)
    assert (target.netloc, target.path) == ("github.com", "/login/oauth/authorize")
    assert asked["client_id"] == ["conformance-github-client"]
    assert asked["scope"] == ["user:email repo"]
    assert len(asked["state"][0]) == 36


@pytest.mark.configuration("open")
def test_a_provider_that_is_not_enabled_is_refused(stage):
    url = stage.client().sign_in_with_oauth({"provider": "discord"}).url
    answer = httpx.get(url, headers={"X-Supabase-Api-Version": "2024-01-01"})
    assert answer.status_code == 400
    assert answer.json()["code"] == "validation_failed"
