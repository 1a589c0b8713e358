"""The account API as a Python front end calls it."""

import asyncio
import re

import httpx
import pytest

from stage import OTHER_PASSWORD, PASSWORD, address


@pytest.fixture
def account_api(stage):
    """A plain HTTP client of the account API."""
    with httpx.Client(base_url=f"{stage.server.url}/api/v1/auth") as client:
        yield client


def _registered(client: httpx.Client, **fields) -> dict:
    body = {"email": address("reg"), "password": PASSWORD, **fields}
    answer = client.post("/register", json=body)
    assert answer.status_code == 201, answer.text
    return {**answer.json(), "email": body["email"]}


def _bearer(tokens: dict) -> dict:
    return {"Authorization": f"Bearer {tokens['access_token']}"}


def _failed(answer: httpx.Response, status: int) -> dict:
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert body["status_code"] == status
    assert body["detail"]
    assert body["request_id"]
    return body


@pytest.mark.configuration("open")
def test_registration_login_and_logout(account_api):
    tokens = _registered(account_api, full_name="Ada")
    assert tokens["token_type"] == "Bearer"
    credentials = {"email": tokens["email"], "password": PASSWORD, "remember_me": True}
    login = account_api.post("/login", json=credentials)
    assert login.status_code == 200
    assert login.json()["user"]["id"] == tokens["user"]["id"]
    me = account_api.get("/me", headers=_bearer(login.json()))
    assert me.json()["credits_balance"] == tokens["user"]["credits_balance"]

    assert account_api.post("/logout", headers=_bearer(login.json())).status_code == 200
    _failed(account_api.get("/me", headers=_bearer(login.json())), 401)
    refresh = {"refresh_token": login.json()["refresh_token"]}
    _failed(account_api.post("/refresh", json=refresh), 401)


@pytest.mark.configuration("open")
def test_a_renewal_replaces_both_tokens(account_api):
    tokens = _registered(account_api)
    refresh = {"refresh_token": tokens["refresh_token"]}
    renewed = account_api.post("/refresh", json=refresh)
    assert renewed.status_code == 200
    assert renewed.json()["refresh_token"] != tokens["refresh_token"]
    assert account_api.get("/me", headers=_bearer(renewed.json())).status_code == 200


@pytest.mark.configuration("open")
@pytest.mark.anyio
async def test_one_address_registers_once_however_many_try(stage):
    email = address("race")
    async with httpx.AsyncClient(base_url=f"{stage.server.url}/api/v1/auth") as client:
        body = {"email": email, "password": PASSWORD}
        tries = (client.post("/register", json=body, timeout=30) for _ in range(20))
        answers = await asyncio.gather(*tries)
    assert sorted({answer.status_code for answer in answers}) == [201, 409]
    assert sum(answer.status_code == 201 for answer in answers) == 1


@pytest.mark.configuration("open")
def test_refusals_name_their_request_and_their_status(account_api):
    tokens = _registered(account_api)
    taken = {"email": tokens["email"], "password": PASSWORD}
    _failed(account_api.post("/register", json=taken), 409)
    _failed(account_api.post("/register", json={"email": "nope", "password": PASSWORD}), 422)
    _failed(account_api.post("/register", json={"email": address(), "password": "short"}), 422)
    _failed(account_api.post("/login", json={**taken, "password": OTHER_PASSWORD}), 401)
    _failed(account_api.get("/me"), 401)


@pytest.mark.configuration("open")
@pytest.mark.parametrize(
    ("field", "wish", "opening"),
    [("role", "admin", "user"), ("credits_balance", 10**6, 1000), ("plan", "enterprise", "free")],
)
def test_nobody_writes_the_own_standing(account_api, field, wish, opening):
    credentials = {"email": address("greedy"), "password": PASSWORD}
    greedy = account_api.post("/register", json={**credentials, field: wish})
    assert [error["field"] for error in _failed(greedy, 422)["errors"]] == [field]
    _failed(account_api.post("/login", json=credentials), 401)

    tokens = _registered(account_api, full_name="Ada")
    wishes = {"full_name": "Grace", field: wish}
    answer = account_api.put("/profile", headers=_bearer(tokens), json=wishes)
    assert [error["field"] for error in _failed(answer, 422)["errors"]] == [field]
    me = account_api.get("/me", headers=_bearer(tokens)).json()
    assert me == tokens["user"]
    assert me[field] == opening


@pytest.mark.configuration("open")
def test_a_lost_password_is_replaced_once_and_ends_the_sessions(stage, account_api):
    tokens = _registered(account_api)
    asked = account_api.post("/password-reset", json={"email": tokens["email"]})
    assert asked.status_code == 200
    text = stage.mailbox.next(tokens["email"]).text
    found = re.search(r"[?&]token=([^&\"'\s<>]+)", text)
    assert found, text
    new = {"new_password": "N3w-password", "confirm_password": "N3w-password"}
    confirm = {"token": found[1], **new}
    assert account_api.post("/password-reset-confirm", json=confirm).status_code == 200
    _failed(account_api.post("/password-reset-confirm", json=confirm), 400)
    _failed(account_api.get("/me", headers=_bearer(tokens)), 401)
    login = {"email": tokens["email"], "password": "N3w-password"}
    assert account_api.post("/login", json=login).status_code == 200


@pytest.mark.configuration("open")
def test_one_account_serves_the_python_client_too(stage, account_api):
    tokens = _registered(account_api, full_name="Ada")
    client = stage.client()
    credentials = {"email": tokens["email"], "password": PASSWORD}
    assert client.sign_in_with_password(credentials).user.id == tokens["user"]["id"]
    token = client.get_session().access_token
    me = account_api.get("/me", headers={"Authorization": f"Bearer {token}"})
    assert me.json()["full_name"] == "Ada"
