"""Making an account with the Python clients."""

import secrets
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from supabase_auth.errors import AuthImplicitGrantRedirectError

from stage import OTHER_PASSWORD, PASSWORD, address, refused


@pytest.mark.configuration("open")
def test_a_sign_up_gives_a_typed_user_and_a_session(stage):
    email = address()
    client = stage.client()
    options = {"data": {"name": "Ada O'Brien 李 🚀", "nested": {"a": [1, None, True]}}}
    reply = client.sign_up({"email": email, "password": PASSWORD, "options": options})

    user, session = reply.user, reply.session
    assert user.email == email
    assert user.user_metadata["name"] == options["data"]["name"]
    assert user.user_metadata["nested"] == options["data"]["nested"]
    assert abs((datetime.now(UTC) - user.created_at).total_seconds()) < 60
    assert user.email_confirmed_at is not None
    assert [identity.provider for identity in user.identities] == ["email"]
    assert session.token_type == "bearer"
    assert session.expires_in == 3600
    assert client.get_user().user.id == user.id


@pytest.mark.configuration("open")
@pytest.mark.anyio
async def test_an_asynchronous_sign_up_signs_in_as_well(stage):
    email = address()
    client = stage.async_client()
    events = []
    client.on_auth_state_change(lambda event, _session: events.append(event))
    reply = await client.sign_up({"email": email, "password": PASSWORD})
    assert reply.session is not None
    assert events == ["SIGNED_IN"]
    assert (await client.get_user()).user.email == email


@pytest.mark.configuration("open")
def test_a_taken_address_is_refused(stage):
    account = stage.account()
    with refused(422, "user_already_exists"):
        stage.client().sign_up({"email": account.email.upper(), "password": OTHER_PASSWORD})


@pytest.mark.configuration("open")
def test_a_malformed_address_is_refused(stage):
    with refused(400, "validation_failed"):
        stage.client().sign_up({"email": "not an address", "password": PASSWORD})


@pytest.mark.configuration("strict")
def test_a_weak_password_is_refused_with_its_reasons(stage):
    with refused(422, "weak_password") as caught:
        stage.client().sign_up({"email": address(), "password": "abc"})
    assert caught.value.reasons == ["length", "characters"]


@pytest.mark.configuration("locked")
def test_sign_up_can_be_switched_off(stage):
    with refused(422, "signup_disabled"):
        stage.client().sign_up({"email": address(), "password": PASSWORD})


@pytest.mark.configuration("confirm")
def test_an_unconfirmed_account_has_no_session_and_cannot_sign_in(stage):
    email = address()
    client = stage.client()
    reply = client.sign_up({"email": email, "password": PASSWORD})
    assert reply.session is None
    assert reply.user.email_confirmed_at is None
    assert reply.user.confirmation_sent_at is not None
    with refused(400, "email_not_confirmed"):
        client.sign_in_with_password({"email": email, "password": PASSWORD})


@pytest.mark.configuration("confirm")
def test_the_mailed_code_confirms(stage):
    email = address()
    client = stage.client()
    user = client.sign_up({"email": email, "password": PASSWORD}).user
    code = {"email": email, "token": stage.mailbox.next(email).code, "type": "signup"}
    assert client.verify_otp(code).user.id == user.id
    assert client.get_session() is not None
    with refused(403, "otp_expired"):
        client.verify_otp(code)


@pytest.mark.configuration("confirm")
@pytest.mark.anyio
async def test_the_mailed_hash_confirms(stage):
    email = address()
    client = stage.async_client()
    await client.sign_up({"email": email, "password": PASSWORD})
    token_hash = stage.mailbox.next(email).token_hash
    reply = await client.verify_otp({"token_hash": token_hash, "type": "email"})
    assert reply.session.user.email == email


@pytest.mark.configuration("confirm")
def test_the_mailed_link_is_what_the_client_can_start_from(stage):
    email = address()
    options = {"email_redirect_to": "http://app.example.test/welcome"}
    client = stage.client()
    client.sign_up({"email": email, "password": PASSWORD, "options": options})
    link = stage.mailbox.next(email).link
    arrival = stage.follow(link)
    assert arrival.startswith("http://app.example.test/welcome#")
    client.initialize(url=arrival)
    assert client.get_session().user.email == email

    with pytest.raises(AuthImplicitGrantRedirectError) as caught:
        stage.client().initialize(url=stage.follow(link))
    assert caught.value.details == {"code": "otp_expired", "error": "access_denied"}


@pytest.mark.configuration("confirm")
def test_a_pkce_sign_up_ends_in_a_code_for_the_same_client(stage):
    email = address()
    client = stage.client(flow_type="pkce")
    client.sign_up({"email": email, "password": PASSWORD})
    arrival = stage.follow(stage.mailbox.next(email).link)
    code = parse_qs(urlsplit(arrival).query)["code"][0]
    with refused(400, "bad_code_verifier"):
        exchange = {"auth_code": code, "code_verifier": "x" * 50}
        stage.client(flow_type="pkce").exchange_code_for_session(exchange)
    reply = client.exchange_code_for_session({"auth_code": code})
    assert reply.session.user.email == email


@pytest.mark.configuration("confirm")
def test_the_address_of_an_account_gets_a_made_up_user_and_no_mail(stage):
    account = stage.account()
    reply = stage.client().sign_up({"email": account.email, "password": OTHER_PASSWORD})
    assert reply.session is None
    assert reply.user.id != account.user.id
    assert reply.user.identities == []
    stage.mails_are_out()
    assert stage.mailbox.unread(account.email) == 0


@pytest.mark.configuration("confirm")
def test_a_confirmation_can_be_sent_again(stage):
    email = address()
    client = stage.client()
    client.sign_up({"email": email, "password": PASSWORD})
    first = stage.mailbox.next(email)
    client.resend({"type": "signup", "email": email})
    second = stage.mailbox.next(email)
    with refused(403, "otp_expired"):
        client.verify_otp({"token_hash": first.token_hash, "type": "signup"})
    client.verify_otp({"token_hash": second.token_hash, "type": "signup"})


@pytest.mark.configuration("own_templates")
def test_the_operators_template_is_used(stage):
    email = address()
    client = stage.client()
    client.sign_up({"email": email, "password": PASSWORD})
    mail = stage.mailbox.next(email)
    assert f"<h1>Welcome {email}</h1>" in mail.html
    assert f"code {mail.code} site http://app.example.test hash {mail.token_hash}" in mail.html
    assert client.verify_otp({"email": email, "token": mail.code, "type": "email"}).session


@pytest.mark.configuration("open")
def test_a_phone_number_and_a_password_make_an_account(stage):
    phone = f"1556{secrets.randbelow(10**7):07d}"
    user = stage.client().sign_up({"phone": phone, "password": PASSWORD}).user
    assert user.phone == phone
    again = stage.client().sign_in_with_password({"phone": f"+{phone}", "password": PASSWORD})
    assert again.user.id == user.id
