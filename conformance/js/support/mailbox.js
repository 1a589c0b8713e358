// A real SMTP server that keeps what it receives, and what the scenarios read from a mail.

import { once } from 'node:events';

import PostalMime from 'postal-mime';
import { SMTPServer } from 'smtp-server';

import { eventually } from './waiting.js';

/** One mail as its recipient sees it: the one-time code of the subject and the link of the body. */
export class Mail {
  constructor({ to, from, subject, text, html }) {
    Object.assign(this, { to, from, subject, text: text ?? '', html: html ?? '' });
  }

  get code() {
    const found = /\b(\d{6})\b/.exec(this.subject) ?? /\b(\d{6})\b/.exec(this.text);
    if (!found) throw new Error(`no six-digit code in the mail ${JSON.stringify(this.subject)}`);
    return found[1];
  }

  get link() {
    const found = /href="([^"]*\bverify\b[^"]*)"/.exec(this.html);
    if (!found) throw new Error(`no link in the mail ${JSON.stringify(this.subject)}`);
    return new URL(unescapeHtml(found[1]));
  }
}

export class Mailbox {
  #server;
  #unread = [];

  static async open() {
    const mailbox = new Mailbox();
    mailbox.#server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['AUTH', 'STARTTLS'],
      onData: (stream, session, done) => {
        mailbox.#receive(stream, session).then(() => done(), done);
      },
    });
    mailbox.#server.listen(0, '127.0.0.1');
    await once(mailbox.#server.server, 'listening');
    return mailbox;
  }

  get port() {
    return this.#server.server.address().port;
  }

  /** The oldest unread mail to the address; it counts as read afterwards. */
  async next(address) {
    return eventually(`a mail to ${address}`, () => this.#take(address));
  }

  /** How many unread mails there are to the address now. */
  unread(address) {
    return this.#unread.filter((mail) => mail.to === address).length;
  }

  async close() {
    await new Promise((closed) => this.#server.close(closed));
  }

  #take(address) {
    const index = this.#unread.findIndex((mail) => mail.to === address);
    return index < 0 ? undefined : this.#unread.splice(index, 1)[0];
  }

  async #receive(stream, session) {
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    const { from, subject, text, html } = await PostalMime.parse(Buffer.concat(chunks));
    for (const recipient of session.envelope.rcptTo) {
      this.#unread.push(new Mail({ to: recipient.address, from, subject, text, html }));
    }
  }
}

/** What a browser makes of the entities in an attribute. */
export function unescapeHtml(text) {
  return text
    .replace(/&#x([0-9a-f]+);/gi, (_, code) => String.fromCodePoint(parseInt(code, 16)))
    .replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');
}
