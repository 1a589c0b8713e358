"""What hostile people send with the Python clients, and what comes of it."""

import base64
import hashlib
import hmac
import json
import time
import uuid
from urllib.parse import urlsplit

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from stage import PASSWORD, address, refused

ADDRESSES = [
    "' OR '1'='1",
    "a\r\nBcc: victim@example.com",
    "a\0b@example.com",
    "x" * 10_000,
    "{{ .SiteURL }}",
    "../../etc/passwd",
    "Bob <bob@example.com>",
    "a@example.com,b@example.com",
    # The Kelvin sign, a k in lower case; and text that is shown from right to left.
    "\u212aate@example.com",
    "a\u202eb@example.com",
]
CODES = ["' OR 1=1 --", "9" * 10_000, "１２３４５６", "-1", "%"]


@pytest.mark.configuration("confirm")
@pytest.mark.parametrize("email", ADDRESSES)
def test_what_is_no_address_makes_no_account_and_gets_no_mail(stage, email):
    client = stage.client()
    with refused(400, "validation_failed"):
        client.sign_up({"email": email, "password": PASSWORD})
    with refused(400, "validation_failed"):
        client.sign_in_with_otp({"email": email})
    with refused(400, "validation_failed"):
        client.reset_password_for_email(email)
    with refused(400, "validation_failed"):
        client.resend({"type": "signup", "email": email})
    with refused(400, "validation_failed"):
        stage.person().client.update_user({"email": email})
    with refused(400, "validation_failed"):
        stage.admin.invite_user_by_email(email)
    with refused(400, "validation_failed"):
        stage.admin.create_user({"email": email})
    stage.mails_are_out()
    for reached in (email, "victim@example.com", "bob@example.com", "kate@example.com"):
        assert stage.mailbox.unread(reached) == 0


@pytest.mark.configuration("open")
@pytest.mark.parametrize("text", ["' OR '1'='1", '" OR ""="', "%", "x" * 10_000, "{{ .Token }}"])
def test_no_text_is_a_way_around_the_password(stage, text):
    account = stage.account()
    for credentials in (
        {"email": account.email, "password": text},
        {"email": text, "password": account.password},
        {"email": text, "password": text},
    ):
        with refused(400, "invalid_credentials"):
            stage.client().sign_in_with_password(credentials)


@pytest.mark.configuration("confirm")
@pytest.mark.parametrize("code", CODES)
def test_no_text_is_a_way_around_a_mailed_code(stage, code):
    account = stage.account()
    client = stage.client()
    client.reset_password_for_email(account.email)
    for attempt in (
        {"email": account.email, "token": code, "type": "recovery"},
        {"email": account.email, "token": code, "type": code},
        {"token_hash": code, "type": "recovery"},
    ):
        with refused(403, "otp_expired"):
            client.verify_otp(attempt)
    with refused(404, "flow_state_not_found"):
        client.exchange_code_for_session({"auth_code": code, "code_verifier": "x" * 50})
    mailed = stage.mailbox.next(account.email).code
    right = {"email": account.email, "token": mailed, "type": "recovery"}
    assert client.verify_otp(right).user.id == account.user.id


@pytest.mark.configuration("open")
def test_a_text_that_no_column_can_hold_is_refused_wherever_it_stands(stage):
    person = stage.person()
    nul, email = "a\0b", address()
    client = stage.client()
    with refused(400, "validation_failed"):
        client.sign_up({"email": email, "password": f"{PASSWORD}{nul}"})
    for data in ({"name": nul}, {nul: 1}, {"deep": [{"er": nul}]}):
        with refused(400, "validation_failed"):
            client.sign_up({"email": email, "password": PASSWORD, "options": {"data": data}})
        with refused(400, "validation_failed"):
            person.client.update_user({"data": data})
        with refused(400, "validation_failed"):
            stage.admin.update_user_by_id(person.account.user.id, {"app_metadata": data})
    with refused(400, "validation_failed"):
        client.sign_in_with_password({"email": email, "password": nul})
    with refused(400, "validation_failed"):
        client.verify_otp({"token_hash": nul, "type": "email"})
    user = person.client.get_user().user
    assert user.user_metadata == person.account.user.user_metadata
    assert user.app_metadata == person.account.user.app_metadata


def _nested(depth: int) -> list | str:
    return [_nested(depth - 1)] if depth else "core"


@pytest.mark.configuration("open")
def test_a_body_has_limits_of_size_depth_and_numbers(stage):
    client, email = stage.client(), address()

    def sign_up(data):
        return client.sign_up({"email": email, "password": PASSWORD, "options": {"data": data}})

    with refused(413, "request_entity_too_large"):
        sign_up({"filler": "x" * 1_100_000})
    # The data stands two levels deep in the body, and the body may have 64.
    for data in ({"nest": _nested(63)}, {"nest": _nested(900)}, {"n": 10**400}, ["no object"]):
        with refused(400, "bad_json"):
            sign_up(data)
    assert sign_up({"nest": _nested(62)}).user.user_metadata["nest"] == _nested(62)


@pytest.mark.configuration("open")
def test_a_password_beyond_72_bytes_is_refused_never_cut(stage):
    account = stage.account("ä1" * 24)
    for long in ("ä1" * 24 + "x", "a1" * 5_000):
        with refused(400, "validation_failed"):
            stage.client().sign_up({"email": address(), "password": long})
        with refused(400, "invalid_credentials"):
            stage.client().sign_in_with_password({"email": account.email, "password": long})
    assert stage.signed_in(account).session is not None


@pytest.mark.configuration("confirm")
def test_a_name_that_looks_like_a_header_or_a_template_stays_a_name(stage):
    email = address()
    names = {"full_name": "a\r\nBcc: victim@example.com", "name": "{{ .TokenHash }}"}
    credentials = {"email": email, "password": PASSWORD}
    user = stage.client().sign_up({**credentials, "options": {"data": names}}).user
    assert {key: user.user_metadata[key] for key in names} == names
    mail = stage.mailbox.next(email)
    assert mail.subject == f"Confirmation {mail.code}"
    stage.mails_are_out()
    assert stage.mailbox.unread("victim@example.com") == 0


@pytest.mark.configuration("confirm")
@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example.net/",
        "//evil.example.net/",
        "http://app.example.test@evil.example.net/",
        "http://app.example.test.evil.example.net/",
        "http://app.example.test\\@evil.example.net/",
        "http://app.example.test%00.evil.example.net/",
        "http://app.example.test#@evil.example.net/",
        "http://app.example.test:99/",
        "http://app.example.test/\r\nSet-Cookie: a=b",
        "javascript:alert(1)",
        "data:text/html,x",
    ],
)
def test_no_link_leads_where_the_operator_does_not_allow(stage, target):
    email = address()
    credentials = {"email": email, "password": PASSWORD}
    stage.client().sign_up({**credentials, "options": {"email_redirect_to": target}})
    arrival = urlsplit(stage.follow(stage.mailbox.next(email).link))
    assert (arrival.scheme, arrival.netloc, arrival.path) == ("http", "app.example.test", "")
    assert "access_token=" in arrival.fragment


@pytest.mark.configuration("open")
def test_a_person_gives_themselves_neither_role_nor_rights(stage):
    email = address()
    client = stage.client()
    data = {"role": "service_role", "app_metadata": {"admin": True}, "is_super_admin": True}
    client.sign_up({"email": email, "password": PASSWORD, "options": {"data": data}})
    user = client.update_user({"role": "service_role", "data": data}).user
    assert (user.role, user.app_metadata) == (
        "authenticated",
        {"provider": "email", "providers": ["email"]},
    )
    with refused(403, "not_admin"):
        client.update_user({"app_metadata": {"admin": True}})
    token = client.refresh_session().session.access_token
    assert jwt.decode(token, options={"verify_signature": False})["role"] == "authenticated"
    with refused(403, "not_admin"):
        _administering(stage, token).list_users()


@pytest.mark.configuration("open")
def test_a_factor_of_somebody_else_might_as_well_not_exist(stage):
    owner, thief = stage.person(), stage.person()
    factor = owner.client.mfa.enroll({"factor_type": "totp"})
    for factor_id in (factor.id, str(uuid.uuid4())):
        with refused(404, "mfa_factor_not_found"):
            thief.client.mfa.challenge({"factor_id": factor_id})
        with refused(404, "mfa_factor_not_found"):
            thief.client.mfa.unenroll({"factor_id": factor_id})
    for factor_id in ("' OR 1=1", "x" * 300, "..%2fuser"):
        with refused(404, "validation_failed"):
            thief.client.mfa.unenroll({"factor_id": factor_id})
    factors = owner.client.get_user().user.factors
    assert [each.id for each in factors] == [factor.id]


@pytest.mark.configuration("modern")
def test_an_identity_of_somebody_else_is_not_unlinked(stage):
    owner, thief = stage.person(), stage.person()
    for person, digit in ((owner, 8), (thief, 9)):
        person.client.update_user({"phone": f"155{digit}{uuid.uuid4().int % 10**7:07d}"})
    identities = owner.client.get_user_identities().identities
    with refused(422, "identity_not_found"):
        thief.client.unlink_identity(identities[0])
    left = owner.client.get_user_identities().identities
    assert {each.identity_id for each in left} == {each.identity_id for each in identities}


def _claims(user_id: str) -> dict:
    exp = int(time.time()) + 3600
    return {"sub": user_id, "aud": "authenticated", "role": "authenticated", "exp": exp}


def _administering(stage, token: str):
    headers = {"apikey": stage.server.anon_key, "Authorization": f"Bearer {token}"}
    return stage.client(headers=headers).admin


def _opens_nothing(stage, token: str) -> None:
    with refused(403, "bad_jwt"):
        stage.client().get_user(token)
    with refused(403, "bad_jwt"):
        _administering(stage, token).list_users()


@pytest.mark.configuration("open")
def test_a_token_that_the_server_would_not_make_is_refused(stage):
    person, secret = stage.person(), stage.server.jwt_secret
    wish = {**_claims(person.account.user.id), "role": "service_role"}
    header, _, signature = person.session.access_token.split(".")
    raised = jwt.encode(wish, secret).split(".")[1]
    for token in (
        jwt.encode(wish, None, "none"),
        jwt.encode(wish, "x" * 48),
        jwt.encode(wish, secret, "HS512"),
        jwt.encode({**wish, "exp": 1}, secret),
        jwt.encode({**wish, "nbf": int(time.time()) + 3600}, secret),
        jwt.encode({**wish, "session_id": "x"}, secret),
        jwt.encode({**wish, "filler": "x" * 70_000}, secret),
        f"{header}.{raised}.{signature}",
        "x.y.z",
        "a." * 40_000,
    ):
        _opens_nothing(stage, token)
    # The same claims under the right signature are what the others are refused for.
    assert _administering(stage, jwt.encode(wish, secret)).list_users()


@pytest.mark.configuration("open")
def test_a_good_signature_opens_only_what_its_claims_name(stage):
    person, other = stage.person(), stage.person()
    options = {"verify_signature": False}
    foreign = jwt.decode(other.session.access_token, options=options)["session_id"]

    def seen(**changes):
        claims = {**_claims(person.account.user.id), **changes}
        return stage.client().get_user(jwt.encode(claims, stage.server.jwt_secret)).user

    assert seen().id == person.account.user.id
    with refused(403, "session_not_found"):
        seen(session_id=foreign)
    with refused(403, "user_not_found"):
        seen(sub=str(uuid.uuid4()))
    with refused(400, "bad_jwt"):
        seen(sub="' OR 1=1 --")


@pytest.mark.configuration("modern")
def test_the_public_key_signs_nothing(stage):
    wish = {**_claims(stage.person().account.user.id), "role": "service_role"}
    published = httpx.get(f"{stage.auth}/.well-known/jwks.json").json()["keys"]
    key = next(key for key in published if key["kid"].startswith("conformance-"))
    public = jwt.PyJWK(key).key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for kid in (key["kid"], "invented", "../../dev/null", "' OR 1=1"):
        _opens_nothing(stage, _signed(wish, public, kid))


def _signed(claims: dict, secret: bytes, kid: str) -> str:
    """By hand: the library does not take a public key for a secret."""
    header = {"alg": "HS256", "typ": "JWT", "kid": kid}
    content = b".".join(_encoded(json.dumps(part).encode()) for part in (header, claims))
    signature = hmac.digest(secret, content, hashlib.sha256)
    return b".".join((content, _encoded(signature))).decode()


def _encoded(part: bytes) -> bytes:
    return base64.urlsafe_b64encode(part).rstrip(b"=")
