"""Changing the own account with the Python clients, and what time does to it."""

import secrets
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from supabase_auth.errors import AuthImplicitGrantRedirectError

from stage import OTHER_PASSWORD, address, refused

STRONG = "Str0ngPassword"


@pytest.mark.configuration("open")
def test_metadata_is_merged_and_none_removes_a_key(stage):
    person = stage.person(user_metadata={"name": "Ada", "drop": "me"})
    change = {"name": "Ada L", "drop": None, "extra": [1, 2]}
    metadata = person.client.update_user({"data": change}).user.user_metadata
    assert metadata["name"] == "Ada L"
    assert metadata["extra"] == [1, 2]
    assert "drop" not in metadata
    assert "drop" not in person.client.get_user().user.user_metadata


@pytest.mark.configuration("open")
@pytest.mark.anyio
async def test_a_new_password_ends_the_other_sessions(stage):
    account = stage.account()
    here, there = stage.async_client(), stage.signed_in(account)
    await here.sign_in_with_password(account.credentials)
    with refused(422, "same_password"):
        await here.update_user({"password": account.password})
    await here.update_user({"password": OTHER_PASSWORD})
    assert (await here.get_user()).user.id == account.user.id
    with refused(403, "session_not_found"):
        there.client.get_user()
    with refused(400, "invalid_credentials"):
        stage.client().sign_in_with_password(account.credentials)
    stage.client().sign_in_with_password({"email": account.email, "password": OTHER_PASSWORD})


@pytest.mark.configuration("strict")
def test_an_old_session_changes_the_password_with_a_mailed_code_only(stage):
    person = stage.person(STRONG)
    email = person.account.email
    change = {"password": "N3wPassword!!", "current_password": STRONG}
    stage.server.age("sessions", "created_at", person.account.user.id, timedelta(hours=25))
    with refused(400, "reauthentication_needed"):
        person.client.update_user(change)
    person.client.reauthenticate()
    code = stage.mailbox.next(email).code
    wrong = "000000" if code != "000000" else "000001"
    with refused(422, "reauthentication_not_valid"):
        person.client.update_user({**change, "nonce": wrong})
    person.client.update_user({**change, "nonce": code})
    stage.client().sign_in_with_password({"email": email, "password": change["password"]})
    with refused(422, "reauthentication_not_valid"):
        again = {"password": "An0therPassword", "current_password": change["password"]}
        person.client.update_user({**again, "nonce": code})


@pytest.mark.configuration("strict")
def test_the_current_password_is_asked_for(stage):
    person = stage.person(STRONG)
    with refused(400, "current_password_required"):
        person.client.update_user({"password": "N3wPassword!!"})
    with refused(400, "current_password_invalid"):
        person.client.update_user({"password": "N3wPassword!!", "current_password": "wrong"})
    person.client.update_user({"password": "N3wPassword!!", "current_password": STRONG})


@pytest.mark.configuration("confirm")
def test_the_codes_of_both_sides_change_the_address(stage):
    person = stage.person()
    current, fresh = person.account.email, address("fresh")
    pending = person.client.update_user({"email": fresh}).user
    assert (pending.email, pending.new_email) == (current, fresh)
    codes = {email: stage.mailbox.next(email).code for email in (current, fresh)}
    half = {"email": current, "token": codes[current], "type": "email_change"}
    reply = person.client.verify_otp(half)
    assert (reply.user, reply.session) == (None, None)
    whole = {"email": fresh, "token": codes[fresh], "type": "email_change"}
    assert person.client.verify_otp(whole).user.email == fresh


@pytest.mark.configuration("confirm")
def test_a_lost_password_is_replaced_from_the_mailed_link(stage):
    account = stage.account()
    client = stage.client()
    events = []
    client.on_auth_state_change(lambda event, _session: events.append(event))
    options = {"redirect_to": "http://app.example.test/reset"}
    client.reset_password_for_email(account.email, options)
    client.initialize(url=stage.follow(stage.mailbox.next(account.email).link))
    assert events == ["SIGNED_IN", "PASSWORD_RECOVERY"]
    client.update_user({"password": OTHER_PASSWORD})
    stage.client().sign_in_with_password({"email": account.email, "password": OTHER_PASSWORD})


@pytest.mark.configuration("confirm")
def test_a_recovery_of_a_pkce_flow_ends_in_a_code(stage):
    account = stage.account()
    client = stage.client(flow_type="pkce")
    events = []
    client.on_auth_state_change(lambda event, _session: events.append(event))
    client.reset_password_for_email(account.email)
    arrival = stage.follow(stage.mailbox.next(account.email).link)
    code = parse_qs(urlsplit(arrival).query)["code"][0]
    client.exchange_code_for_session({"auth_code": code})
    assert events == ["PASSWORD_RECOVERY"]


@pytest.mark.configuration("confirm")
def test_a_link_and_a_code_expire(stage):
    account = stage.account()
    client = stage.client()
    client.reset_password_for_email(account.email)
    mail = stage.mailbox.next(account.email)
    hours = timedelta(hours=2)
    stage.server.age("users", "recovery_sent_at", account.user.id, hours)
    stage.server.age("one_time_tokens", "created_at", account.user.id, hours)
    with pytest.raises(AuthImplicitGrantRedirectError) as caught:
        client.initialize(url=stage.follow(mail.link))
    assert caught.value.details["code"] == "otp_expired"
    with refused(403, "otp_expired"):
        client.verify_otp({"email": account.email, "token": mail.code, "type": "recovery"})


@pytest.mark.configuration("confirm")
def test_a_code_of_a_pkce_flow_expires(stage):
    account = stage.account()
    client = stage.client(flow_type="pkce")
    client.sign_in_with_otp({"email": account.email})
    arrival = stage.follow(stage.mailbox.next(account.email).link)
    code = parse_qs(urlsplit(arrival).query)["code"][0]
    minutes = timedelta(minutes=6)
    for column in ("created_at", "auth_code_issued_at"):
        stage.server.age("flow_state", column, account.user.id, minutes)
    with refused(422, "flow_state_expired"):
        client.exchange_code_for_session({"auth_code": code})


@pytest.mark.configuration("confirm")
def test_an_unknown_address_is_answered_alike(stage):
    nobody = address("nobody")
    stage.client().reset_password_for_email(nobody)
    stage.mails_are_out()
    assert stage.mailbox.unread(nobody) == 0


@pytest.mark.configuration("modern")
def test_identities_are_listed_linked_and_unlinked(stage):
    person = stage.person()
    identities = person.client.get_user_identities().identities
    assert [identity.provider for identity in identities] == ["email"]
    with refused(422, "single_identity_not_deletable"):
        person.client.unlink_identity(identities[0])
    url = person.client.link_identity({"provider": "github"}).url
    assert urlsplit(url).netloc == "github.com"
    phone = f"1557{secrets.randbelow(10**7):07d}"
    person.client.update_user({"phone": phone})
    added = [i for i in person.client.get_user_identities().identities if i.provider == "phone"]
    person.client.unlink_identity(added[0])
    left = person.client.get_user_identities().identities
    assert [identity.provider for identity in left] == ["email"]


@pytest.mark.configuration("open")
def test_linking_by_hand_is_disabled_unless_configured(stage):
    with refused(404, "manual_linking_disabled"):
        stage.person().client.link_identity({"provider": "github"})
