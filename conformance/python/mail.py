"""A real SMTP server that keeps what it receives, and what the scenarios read from a mail."""

from __future__ import annotations

import email.policy
import html
import re
import socket
import threading
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.controller import Controller

PATIENCE_S = 10.0


@dataclass(frozen=True)
class Mail:
    """One mail as its recipient sees it."""

    to: str
    sender: str
    subject: str
    text: str
    html: str

    @property
    def code(self) -> str:
        """The six-digit code, which the configured subjects carry."""
        found = re.search(r"\b(\d{6})\b", self.subject) or re.search(r"\b(\d{6})\b", self.text)
        assert found, f"no six-digit code in the mail {self.subject!r}"
        return found[1]

    @property
    def link(self) -> str:
        """The address behind the link of the HTML part."""
        found = re.search(r'href="([^"]*\bverify\b[^"]*)"', self.html)
        assert found, f"no link in the mail {self.subject!r}"
        return html.unescape(found[1])

    @property
    def token_hash(self) -> str:
        """The token of the link."""
        return parse_qs(urlsplit(self.link).query)["token"][0]


class Mailbox:
    """Receives mails on a port of its own until it is closed."""

    def __init__(self) -> None:
        self._unread: list[Mail] = []
        self._arrival = threading.Condition()
        self._controller = _AnyPort(self)
        self._controller.start()

    @property
    def port(self) -> int:
        """The port that the server under test delivers to."""
        return self._controller.port

    def next(self, address: str) -> Mail:
        """The oldest unread mail to the address; it counts as read afterwards."""
        with self._arrival:
            arrived = self._arrival.wait_for(lambda: self.unread(address) > 0, PATIENCE_S)
            assert arrived, f"no mail to {address} within {PATIENCE_S} s"
            mail = next(mail for mail in self._unread if mail.to == address)
            self._unread.remove(mail)
            return mail

    def unread(self, address: str) -> int:
        """How many unread mails there are to the address now."""
        return sum(mail.to == address for mail in self._unread)

    def close(self) -> None:
        """Ends the mail server."""
        self._controller.stop()

    async def handle_DATA(self, _server, _session, envelope) -> str:  # noqa: N802
        """Called by aiosmtpd for each mail."""
        parser = email.policy.SMTP
        message = email.message_from_bytes(envelope.content, EmailMessage, policy=parser)
        with self._arrival:
            for recipient in envelope.rcpt_tos:
                self._unread.append(_mail(recipient, message))
            self._arrival.notify_all()
        return "250 OK"


class _AnyPort(Controller):
    """A controller that listens on a port which was free, and knows it."""

    def __init__(self, handler: Mailbox) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        super().__init__(handler, hostname="127.0.0.1", port=self._socket.getsockname()[1])

    def _create_server(self):
        return self.loop.create_server(self._factory_invoker, sock=self._socket)


def _mail(recipient: str, message: EmailMessage) -> Mail:
    def part(kind: str) -> str:
        body = message.get_body(preferencelist=(kind,))
        return body.get_content() if body else ""

    return Mail(recipient, message["From"], message["Subject"], part("plain"), part("html"))
