"""What a Python back end does with the service key."""

import uuid

import pytest

from stage import OTHER_PASSWORD, PASSWORD, address, refused


@pytest.mark.configuration("open")
def test_users_are_created_read_changed_and_deleted(stage):
    account = stage.account(app_metadata={"plan": "pro"}, user_metadata={"x": 1})
    user_id = account.user.id
    assert stage.admin.get_user_by_id(user_id).user.email == account.email
    change = {"user_metadata": {"x": None, "y": 2}, "app_metadata": {"plan": None, "tier": 3}}
    changed = stage.admin.update_user_by_id(user_id, change).user
    assert changed.app_metadata == {"provider": "email", "providers": ["email"], "tier": 3}
    assert "x" not in changed.user_metadata
    stage.admin.delete_user(user_id)
    with refused(404, "user_not_found"):
        stage.admin.get_user_by_id(user_id)
    with refused(404, "user_not_found"):
        stage.admin.delete_user(user_id)


@pytest.mark.configuration("open")
def test_a_taken_address_and_a_nonsensical_user_are_refused(stage):
    account = stage.account()
    with refused(422, "email_exists"):
        stage.admin.create_user({"email": account.email, "password": PASSWORD})
    with refused(400, "validation_failed"):
        stage.admin.create_user({"email": "nope"})
    with refused(404, "user_not_found"):
        stage.admin.update_user_by_id(str(uuid.uuid4()), {"user_metadata": {}})


@pytest.mark.configuration("open")
def test_pages_of_users_do_not_overlap(stage):
    for _ in range(5):
        stage.account()
    pages = [stage.admin.list_users(page=page, per_page=2) for page in (1, 2)]
    assert [len(page) for page in pages] == [2, 2]
    assert len({user.id for page in pages for user in page}) == 4
    assert len(stage.admin.list_users()) >= 5


@pytest.mark.configuration("open")
@pytest.mark.anyio
async def test_a_ban_ends_access_at_once(stage):
    person = stage.person()
    admin = stage.async_client(stage.server.service_key).admin
    banned = await admin.update_user_by_id(person.account.user.id, {"ban_duration": "24h"})
    assert banned.user.banned_until is not None
    with refused(400, "user_banned"):
        stage.client().sign_in_with_password(person.account.credentials)
    with refused(403, "user_banned"):
        person.client.get_user()
    await admin.update_user_by_id(person.account.user.id, {"ban_duration": "none"})
    assert person.client.get_user().user.id == person.account.user.id


@pytest.mark.configuration("open")
def test_a_password_set_by_the_back_end_ends_all_sessions(stage):
    person = stage.person()
    stage.admin.update_user_by_id(person.account.user.id, {"password": OTHER_PASSWORD})
    with refused(403, "session_not_found"):
        person.client.get_user()
    credentials = {"email": person.account.email, "password": OTHER_PASSWORD}
    assert stage.client().sign_in_with_password(credentials).session is not None


@pytest.mark.configuration("open")
def test_the_back_end_signs_a_person_out(stage):
    account = stage.account()
    here, there = stage.signed_in(account), stage.signed_in(account)
    stage.admin.sign_out(here.session.access_token, "others")
    assert here.client.get_user().user.id == account.user.id
    with refused(403, "session_not_found"):
        there.client.get_user()


@pytest.mark.configuration("open")
def test_neither_the_public_key_nor_a_person_administers(stage):
    person = stage.person()
    for token in (stage.server.anon_key, person.session.access_token):
        headers = {"apikey": stage.server.anon_key, "Authorization": f"Bearer {token}"}
        admin = stage.client(headers=headers).admin
        with refused(403, "not_admin"):
            admin.list_users()
        with refused(403, "not_admin"):
            admin.create_user({"email": address()})


@pytest.mark.configuration("confirm")
def test_an_invited_person_arrives_by_the_link(stage):
    email = address("guest")
    options = {"data": {"team": "x"}, "redirect_to": "http://app.example.test/join"}
    user = stage.admin.invite_user_by_email(email, options).user
    assert user.invited_at is not None
    arrival = stage.follow(stage.mailbox.next(email).link)
    assert arrival.startswith("http://app.example.test/join#")
    client = stage.client()
    client.initialize(url=arrival)
    assert client.get_user().user.user_metadata["team"] == "x"
    client.update_user({"password": PASSWORD})
    assert stage.client().sign_in_with_password({"email": email, "password": PASSWORD}).session
    with refused(422, "email_exists"):
        stage.admin.invite_user_by_email(email)


@pytest.mark.configuration("confirm")
@pytest.mark.parametrize("kind", ["signup", "invite", "magiclink", "recovery"])
def test_a_generated_link_signs_in(stage, kind):
    email = address() if kind in ("signup", "invite") else stage.account().email
    password = {"password": PASSWORD} if kind == "signup" else {}
    link = stage.admin.generate_link({"type": kind, "email": email, **password})
    assert link.properties.verification_type == kind
    assert link.properties.hashed_token in link.properties.action_link
    client = stage.client()
    client.initialize(url=stage.follow(link.properties.action_link))
    assert client.get_user().user.id == link.user.id


@pytest.mark.configuration("confirm")
def test_a_generated_code_signs_in(stage):
    account = stage.account()
    link = stage.admin.generate_link({"type": "magiclink", "email": account.email})
    code = {"email": account.email, "token": link.properties.email_otp, "type": "email"}
    assert stage.client().verify_otp(code).user.id == account.user.id
    with refused(404, "user_not_found"):
        stage.admin.generate_link({"type": "recovery", "email": address()})
