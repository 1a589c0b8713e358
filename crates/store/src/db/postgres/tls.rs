//! TLS towards `PostgreSQL`, with every `sslmode` of libpq.

use crate::error::{Error, Result};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use std::sync::Arc;
use tokio_postgres::Config;
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

/// How much of the server's certificate is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trust {
    /// Anything: the line is encrypted, the server is not authenticated.
    Anything,
    /// Signed by a known authority, whatever its name.
    Authority,
    /// Signed by a known authority for this host.
    Host,
}

/// Splits `sslmode` and `sslrootcert` from the URL and makes the connector they ask for.
pub(super) fn parse(url: &str) -> Result<(Config, MakeRustlsConnect)> {
    let (url, mode, root) = split_options(url);
    let mut config: Config = url
        .parse()
        .map_err(|e| Error::Unusable(format!("the database URL is malformed: {e}")))?;
    // As libpq: the authorities of the system are known to sign for anybody, so the name must fit.
    let is_system = root.as_deref() == Some("system");
    if is_system && mode.as_deref().is_some_and(|mode| mode != "verify-full") {
        return Err(Error::Unusable(
            "sslrootcert=system needs sslmode=verify-full: the authorities of the system sign for \
             any host"
                .to_owned(),
        ));
    }
    let default = if is_system { "verify-full" } else { "prefer" };
    // As libpq: a root certificate that is given is also checked.
    let (ssl, trust) = match mode.as_deref().unwrap_or(default) {
        "disable" => (SslMode::Disable, Trust::Anything),
        "allow" | "prefer" => (SslMode::Prefer, Trust::Anything),
        "require" if root.is_none() => (SslMode::Require, Trust::Anything),
        "require" | "verify-ca" => (SslMode::Require, Trust::Authority),
        "verify-full" => (SslMode::Require, Trust::Host),
        other => {
            return Err(Error::Unusable(format!(
                "sslmode `{other}` is unknown; use disable, prefer, require, verify-ca or \
                 verify-full"
            )));
        }
    };
    config.ssl_mode(ssl);
    Ok((config, connector(trust, root.as_deref())?))
}

fn split_options(url: &str) -> (String, Option<String>, Option<String>) {
    let Some((base, query)) = url.split_once('?') else {
        return (url.to_owned(), None, None);
    };
    let (mut mode, mut root, mut kept) = (None, None, Vec::new());
    for pair in query.split('&') {
        match pair.split_once('=') {
            Some(("sslmode", value)) => mode = Some(value.to_owned()),
            Some(("sslrootcert", value)) => root = Some(percent_decoded(value)),
            _ => kept.push(pair),
        }
    }
    let query = if kept.is_empty() {
        String::new()
    } else {
        format!("?{}", kept.join("&"))
    };
    (format!("{base}{query}"), mode, root)
}

/// Bytes written as `%2F` (RFC 3986 section 2.1); anything else stays as it is.
fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let hex = tail.get(..2).filter(|_| *first == b'%');
        let decoded = hex.and_then(|hex| data_encoding::HEXLOWER_PERMISSIVE.decode(hex).ok());
        if let Some(decoded) = decoded {
            bytes.extend(decoded);
            rest = tail.get(2..).unwrap_or_default();
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn connector(trust: Trust, root: Option<&str>) -> Result<MakeRustlsConnect> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(Error::unavailable)?;
    let config = match trust {
        Trust::Anything => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Unauthenticated(provider)))
            .with_no_client_auth(),
        Trust::Authority => {
            let webpki = WebPkiServerVerifier::builder_with_provider(roots(root)?.into(), provider)
                .build()
                .map_err(|e| Error::Unusable(format!("the root certificates: {e}")))?;
            builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(AnyName(webpki)))
                .with_no_client_auth()
        }
        Trust::Host => builder
            .with_root_certificates(roots(root)?)
            .with_no_client_auth(),
    };
    Ok(MakeRustlsConnect::new(config))
}

/// The certificates in `file`, or those of the operating system, which libpq calls `system`.
fn roots(file: Option<&str>) -> Result<RootCertStore> {
    let mut store = RootCertStore::empty();
    match file.filter(|file| *file != "system") {
        Some(path) => {
            let unreadable = |e| Error::Unusable(format!("sslrootcert `{path}`: {e}"));
            for certificate in CertificateDer::pem_file_iter(path).map_err(unreadable)? {
                let certificate = certificate.map_err(unreadable)?;
                store
                    .add(certificate)
                    .map_err(|e| Error::Unusable(format!("sslrootcert `{path}`: {e}")))?;
            }
        }
        None => {
            store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    if store.is_empty() {
        return Err(Error::Unusable(
            "no root certificate to verify the database server with; give sslrootcert".to_owned(),
        ));
    }
    Ok(store)
}

/// `sslmode=require` without a root certificate: encryption only.
#[derive(Debug)]
struct Unauthenticated(Arc<CryptoProvider>);

impl ServerCertVerifier for Unauthenticated {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// `sslmode=verify-ca`: the chain is checked, the name is not.
#[derive(Debug)]
struct AnyName(Arc<WebPkiServerVerifier>);

impl ServerCertVerifier for AnyName {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        use rustls::CertificateError::{NotValidForName, NotValidForNameContext};
        match self
            .0
            .verify_server_cert(certificate, intermediates, name, ocsp, now)
        {
            // The chain has been verified before the name is looked at.
            Err(rustls::Error::InvalidCertificate(
                NotValidForName | NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            other => other,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0
            .verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0
            .verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(url: &str) -> (String, Option<String>, Option<String>) {
        split_options(url)
    }

    #[test]
    fn our_options_are_taken_out_of_the_url() {
        let url = "postgres://u:p%40@h/d?sslmode=verify-full&application_name=x&sslrootcert=%2Fa%20b%2f%C3%BC.pem";
        let (rest, mode, root) = options(url);
        assert_eq!(rest, "postgres://u:p%40@h/d?application_name=x");
        assert_eq!(mode.as_deref(), Some("verify-full"));
        assert_eq!(root.as_deref(), Some("/a b/\u{fc}.pem"));
        assert_eq!(options("postgres://h/d").0, "postgres://h/d");
        assert_eq!(
            options("postgres://h/d?sslmode=disable").0,
            "postgres://h/d"
        );
    }

    #[test]
    fn what_is_no_escape_stays() {
        for text in ["", "%", "%2", "%zz", "a%%b", "100%"] {
            assert_eq!(percent_decoded(text), text);
        }
    }

    #[test]
    fn unknown_modes_and_malformed_urls_are_refused() {
        for url in [
            "postgres://h/d?sslmode=verify_full",
            "postgres://h/d?port=x",
            "nonsense",
        ] {
            assert!(matches!(parse(url), Err(Error::Unusable(_))), "{url}");
        }
    }
}
