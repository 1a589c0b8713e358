"""The second factor with the Python clients."""

import time

import pyotp
import pytest

from stage import OTHER_PASSWORD, refused


def _code(secret: str, step: int = 0) -> str:
    return pyotp.TOTP(secret).at(int(time.time()) + 30 * step)


def _wrong_code(secret: str) -> str:
    right = {_code(secret, step) for step in (-2, -1, 0, 1, 2)}
    return next(code for code in (f"{n}" * 6 for n in range(10)) if code not in right)


@pytest.mark.configuration("open")
def test_a_factor_is_enrolled_verified_used_and_removed(stage):
    person = stage.person()
    mfa = person.client.mfa
    factor = mfa.enroll({"factor_type": "totp", "friendly_name": "phone app"})
    assert factor.totp.qr_code.startswith("data:image/svg+xml;utf-8,")
    assert pyotp.parse_uri(factor.totp.uri).secret == factor.totp.secret

    challenge = mfa.challenge({"factor_id": factor.id})
    answer = {"factor_id": factor.id, "challenge_id": challenge.id}
    with refused(422, "mfa_verification_failed"):
        mfa.verify({**answer, "code": _wrong_code(factor.totp.secret)})
    raised = mfa.verify({**answer, "code": _code(factor.totp.secret)})
    assert raised.user.id == person.account.user.id
    level = mfa.get_authenticator_assurance_level()
    assert (level.current_level, level.next_level) == ("aal2", "aal2")
    methods = [entry.method for entry in level.current_authentication_methods]
    assert methods == ["totp", "password"]
    assert [each.id for each in mfa.list_factors().totp] == [factor.id]

    elsewhere = stage.signed_in(person.account)
    low = elsewhere.client.mfa.get_authenticator_assurance_level()
    assert (low.current_level, low.next_level) == ("aal1", "aal2")
    with refused(401, "insufficient_aal"):
        elsewhere.client.update_user({"password": OTHER_PASSWORD})
    code = _code(factor.totp.secret, 1)
    elsewhere.client.mfa.challenge_and_verify({"factor_id": factor.id, "code": code})
    elsewhere.client.update_user({"password": OTHER_PASSWORD})

    assert elsewhere.client.mfa.unenroll({"factor_id": factor.id}).id == factor.id
    assert elsewhere.client.mfa.list_factors().all == []
    elsewhere.client.refresh_session()
    assert elsewhere.client.mfa.get_authenticator_assurance_level().current_level == "aal1"


@pytest.mark.configuration("open")
@pytest.mark.anyio
async def test_an_asynchronous_client_does_both_steps_in_one(stage):
    account = stage.account()
    client = stage.async_client()
    await client.sign_in_with_password(account.credentials)
    factor = await client.mfa.enroll({"factor_type": "totp"})
    assert factor.friendly_name == ""
    code = _code(factor.totp.secret)
    await client.mfa.challenge_and_verify({"factor_id": factor.id, "code": code})
    level = await client.mfa.get_authenticator_assurance_level()
    assert level.current_level == "aal2"


@pytest.mark.configuration("open")
def test_an_administrator_lists_and_removes_factors(stage):
    person = stage.person()
    user_id = person.account.user.id
    assert stage.admin.mfa.list_factors({"user_id": user_id}) == []
    factor = person.client.mfa.enroll({"factor_type": "totp"})
    listed = stage.admin.mfa.list_factors({"user_id": user_id})
    assert [(each.id, each.status) for each in listed] == [(factor.id, "unverified")]
    removed = stage.admin.mfa.delete_factor({"user_id": user_id, "id": factor.id})
    assert removed.id == factor.id
    with refused(404, "mfa_factor_not_found"):
        stage.admin.mfa.delete_factor({"user_id": user_id, "id": factor.id})


@pytest.mark.configuration("open")
def test_an_anonymous_user_has_no_factors(stage):
    client = stage.client()
    client.sign_in_anonymously()
    with refused(403, "no_authorization"):
        client.mfa.enroll({"factor_type": "totp"})
