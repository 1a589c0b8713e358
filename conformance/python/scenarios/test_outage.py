"""What the Python clients say while the database is away."""

import pytest
from supabase_auth.errors import AuthRetryableError

from stage import address


def _retryable():
    return pytest.raises(AuthRetryableError, check=lambda error: error.status == 503)


@pytest.mark.configuration("impatient")
def test_an_outage_is_told_as_one_and_the_session_survives_it(stage):
    person = stage.person(user_metadata={"n": 1})
    with stage.server.without_database():
        with _retryable():
            person.client.update_user({"data": {"n": 2}})
        with _retryable():
            person.client.refresh_session()
        assert person.client.get_session().refresh_token == person.session.refresh_token
    assert person.client.get_user().user.user_metadata["n"] == 1
    renewed = person.client.refresh_session().session
    assert renewed.refresh_token != person.session.refresh_token


@pytest.mark.configuration("impatient")
@pytest.mark.anyio
async def test_nobody_signs_in_or_up_during_an_outage_but_afterwards(stage):
    account, email = stage.account(), address()
    client = stage.async_client()
    with stage.server.without_database():
        with _retryable():
            await client.sign_in_with_password(account.credentials)
        with _retryable():
            await client.sign_up({"email": email, "password": account.password})
        assert await client.get_session() is None
    await client.sign_in_with_password(account.credentials)
    assert (await client.sign_up({"email": email, "password": account.password})).session
