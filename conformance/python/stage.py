"""What a scenario plays on: the server, its mail, and the people who use it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
import pytest
from supabase_auth import AsyncGoTrueClient, SyncGoTrueClient
from supabase_auth.errors import AuthApiError, AuthWeakPasswordError
from supabase_auth.types import Session, User

from deployment import Deployment
from mail import Mailbox

PASSWORD = "correct-horse-1"
OTHER_PASSWORD = "battery-staple-2"


@dataclass(frozen=True)
class Account:
    """A person with a confirmed account."""

    email: str
    password: str
    user: User

    @property
    def credentials(self) -> dict[str, str]:
        """What this person types in."""
        return {"email": self.email, "password": self.password}


@dataclass(frozen=True)
class Person:
    """A person who has signed in with a client."""

    account: Account
    client: SyncGoTrueClient
    session: Session


class Stage:
    """One server of one engine and configuration, for all scenarios that ask for it."""

    def __init__(self, engine: str, configuration: str, placeholders: dict[str, str]) -> None:
        self.mailbox = Mailbox()
        ports = {"<smtp port>": str(self.mailbox.port)}
        self.server = Deployment(engine, configuration, {**placeholders, **ports})
        self._bell: Account | None = None

    @property
    def auth(self) -> str:
        """The base address of the GoTrue API."""
        return f"{self.server.url}/auth/v1"

    def client(self, key: str | None = None, **options) -> SyncGoTrueClient:
        """A client with a storage of its own."""
        return SyncGoTrueClient(**self._options(key, options))

    def async_client(self, key: str | None = None, **options) -> AsyncGoTrueClient:
        """The same for asynchronous applications."""
        return AsyncGoTrueClient(**self._options(key, options))

    @property
    def admin(self):
        """The admin API, used as a back end uses it."""
        return self.client(self.server.service_key, persist_session=False).admin

    def account(self, password: str = PASSWORD, **attributes) -> Account:
        """A person with a confirmed account, not signed in anywhere."""
        email = address()
        creation = {"email": email, "password": password, "email_confirm": True, **attributes}
        return Account(email, password, self.admin.create_user(creation).user)

    def signed_in(self, account: Account, **options) -> Person:
        """Signs the person in with a new client."""
        client = self.client(**options)
        session = client.sign_in_with_password(account.credentials).session
        assert session
        return Person(account, client, session)

    def person(self, password: str = PASSWORD, **attributes) -> Person:
        """A new person, signed in."""
        return self.signed_in(self.account(password, **attributes))

    def follow(self, link: str) -> str:
        """Opens a mailed link in the server under test; returns where it sends the browser."""
        answer = httpx.get(f"{self.auth}/verify?{urlsplit(link).query}")
        assert answer.status_code == 303, f"the link answered {answer.status_code}"
        return answer.headers["location"]

    def mails_are_out(self) -> None:
        """Returns when all mails of earlier requests have left: a later mail has arrived."""
        self._bell = self._bell or self.account()
        self.client().reset_password_for_email(self._bell.email)
        self.mailbox.next(self._bell.email)

    def close(self) -> None:
        """Removes the server and its data."""
        self.server.remove()
        self.mailbox.close()

    def _options(self, key: str | None, options: dict) -> dict:
        key = key or self.server.anon_key
        headers = {"apikey": key, "Authorization": f"Bearer {key}"}
        return {"url": self.auth, "headers": headers, "auto_refresh_token": False, **options}


def address(name: str = "ada") -> str:
    """An address that nobody else in this run has."""
    return f"{name}.{secrets.token_hex(6)}@example.com"


def refused(status: int, code: str):
    """Expects the client to raise the API's refusal for this reason."""

    def is_that(error: AuthApiError) -> bool:
        return (error.status, error.code) == (status, code)

    kind = AuthWeakPasswordError if code == "weak_password" else AuthApiError
    return pytest.raises(kind, check=is_that)
