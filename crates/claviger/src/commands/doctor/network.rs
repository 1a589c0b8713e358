//! What is reached over the network: our own URLs and ports, and the mail server.

use super::report::Report;
use server::config::{Config, MailDelivery, Mode};
use server::jobs::outbox::trying_span;
use server::mail::Mailer;
use std::io;
use std::net::{SocketAddr, TcpListener};
use url::{Host, Url};

const URLS: &str = "URLs";
const MAIL: &str = "mail";
const PORTS: &str = "ports";

pub(super) fn urls(report: &mut Report, config: &Config) {
    let site = &config.authn.site;
    let mut is_well = true;
    for (name, text) in [
        ("site.external_url", &site.external_url),
        ("site.site_url", &site.site_url),
    ] {
        let Ok(url) = Url::parse(text) else {
            is_well = false;
            report.bad(URLS, format_args!("{name} `{text}` is no URL"), "");
            continue;
        };
        if let Some((what, advice)) = oddity(&url, config.mode) {
            is_well = false;
            report.note(URLS, format_args!("{name} `{text}` {what}"), advice);
        }
    }
    let (external, shown) = (&site.external_url, &site.site_url);
    if is_well && external == shown && config.mode == Mode::Production {
        is_well = false;
        let what = format_args!("site.external_url and site.site_url are both `{shown}`");
        let advice = "the first is where this server is reached, the second where people are \
             sent after they have confirmed";
        report.note(URLS, what, advice);
    }
    if is_well {
        let what = format_args!("links lead to `{external}`, and from there to `{shown}`");
        report.good(URLS, what);
    }
}

/// What is odd about a URL that people get by mail, and what to do about it.
fn oddity(url: &Url, mode: Mode) -> Option<(&'static str, &'static str)> {
    let is_loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => return None,
    };
    if is_loopback {
        let advice = "set it to the URL by which others reach it";
        return (mode == Mode::Production).then_some(("works on this machine only", advice));
    }
    if url.scheme() == "http" {
        let advice = "tokens travel in it: use https";
        return Some(("is not encrypted", advice));
    }
    match url.host_str() {
        Some(host) if host.ends_with(".example") || host.contains("example.") => {
            Some(("is an example", "set it to your own"))
        }
        _ => None,
    }
}

pub(super) async fn mail_server(report: &mut Report, config: &Config) {
    match config.mail {
        MailDelivery::Inbox => return report.good(MAIL, "it is kept, and shown in the inbox page"),
        MailDelivery::Nowhere => {
            let hours = trying_span().as_secs() / 3_600;
            let advice =
                format!("set smtp.host; mail is given up when it has waited for {hours} hours");
            return report.note(MAIL, "there is no mail server to ask", &advice);
        }
        MailDelivery::Smtp => {}
    }
    let server = format!("{}:{}", config.smtp.host, config.smtp.port);
    let mailer = match Mailer::new(config) {
        Ok(mailer) => mailer,
        Err(e) => return report.bad(MAIL, e, ""),
    };
    match mailer.probe().await {
        Some(Ok(())) | None => report.good(MAIL, format_args!("{server} greets us")),
        Some(Err(why)) => {
            let advice = "correct [smtp]; mail is kept and tried again meanwhile";
            report.bad(MAIL, format_args!("{server}: {why}"), advice);
        }
    }
}

pub(super) fn ports(report: &mut Report, config: &Config) {
    let listen = &config.listen;
    let mut is_well = true;
    for address in [listen.address, listen.management] {
        let Err(e) = try_to_listen(address) else {
            continue;
        };
        is_well = false;
        if e.kind() == io::ErrorKind::AddrInUse && is_ours(config) {
            let what = format_args!("{address} is taken, by a server of this kind that runs");
            report.note(PORTS, what, "");
        } else {
            let advice = "stop whoever has it, or choose another one with --listen or \
                 listen.management";
            report.bad(PORTS, format_args!("{address}: {e}"), advice);
        }
    }
    if is_well {
        let (address, management) = (listen.address, listen.management);
        report.good(PORTS, format_args!("{address} and {management} are free"));
    }
}

fn try_to_listen(address: SocketAddr) -> io::Result<()> {
    TcpListener::bind(address).map(drop)
}

/// A server of ours answers on the management port.
fn is_ours(config: &Config) -> bool {
    let management = config.listen.management.to_string();
    super::super::healthcheck::ask(&management, "/livez").is_ok_and(|line| line.contains(" 200 "))
}
