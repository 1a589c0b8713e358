//! Tests of settings that contradict each other or themselves.

use super::faults;

/// Each file has one fault: its line (0 when the setting is not in the file) and its message.
fn check_each(cases: &[(&str, &str)]) {
    for (file, message) in cases {
        let message = match message.strip_prefix("0: ") {
            Some(unset) => unset.to_owned(),
            None => format!("claviger.toml:{message}"),
        };
        assert_eq!(faults(file), [message]);
    }
}

#[test]
fn contradictions_about_the_place_are_refused() {
    check_each(&[
        (
            "[listen]\naddress = \"127.0.0.1:80\"\nmanagement = \"127.0.0.1:80\"\n",
            "3: listen.management: `127.0.0.1:80` is the address of the API too; choose another \
             port",
        ),
        (
            "[listen]\naddress = \"9999\"\n",
            "2: listen.address: `9999` is not an address with a port; write for example \
             127.0.0.1:9999, or 0.0.0.0:9999 for every interface",
        ),
        (
            "[database]\nurl = \"sqlite:a.db\"\nephemeral = true\n",
            "3: database.ephemeral: a database in memory and a database URL exclude each other; \
             give one of them",
        ),
        (
            "[redis]\nurl = \"cache:6379\"\n",
            "2: redis.url: this is no URL of Redis or Valkey; write redis://HOST:PORT, or \
             rediss://HOST:PORT for TLS",
        ),
        (
            "[columns]\nencrypt = true\nencryption_key_id = \"1d6f64bb-3b22-4b5a-9f3e-0f2b6a3f1c55\"\n\
             [columns.decryption_keys]\n1d6f64bb-3b22-4b5a-9f3e-0f2b6a3f1c55 = \
             \"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\"\n",
            "3: columns.encryption_key_id: with an id of 36 bytes, the hash of a password does not \
             fit its column; encrypt with a key whose id has at most 32, and keep this one among \
             columns.decryption_keys",
        ),
        (
            "[columns]\nencrypt = true\nencryption_key_id = \"k1\"\n",
            "3: columns.encryption_key_id: there is no decryption key with the id `k1`; list the \
             encryption key among columns.decryption_keys",
        ),
        (
            "data_directory = \"\"\n",
            "1: data_directory: this is empty; write for example data",
        ),
    ]);
}

#[test]
fn contradictions_about_sign_in_are_refused() {
    check_each(&[
        (
            "[email]\nautoconfirm = true\nallow_unverified_sign_ins = true\n",
            "3: email.allow_unverified_sign_ins: where addresses are confirmed at once, none is \
             unverified; switch off either this or email.autoconfirm",
        ),
        (
            "[phone]\nenabled = true\nprovider = \"twilio\"\n",
            "3: phone.provider: text messages cannot be sent yet: `twilio` would never be \
             asked; remove the provider and use phone.test_otp, or switch off phone.enabled",
        ),
        (
            "[phone.test_otp]\nme = \"1\"\n",
            "1: phone.test_otp: `me` is no phone number with a code; write the number with its \
             country code, for example 15555550100 = \"123456\"",
        ),
        (
            "[phone]\ntest_otp_valid_until = \"tomorrow\"\n",
            "2: phone.test_otp_valid_until: `tomorrow` is no RFC 3339 time; write for example \
             2030-01-01T00:00:00Z",
        ),
        (
            "[providers.gitlab]\nurl = \"gitlab.example.com\"\n",
            "2: providers.gitlab.url: `gitlab.example.com` is no absolute URL; write an absolute \
             URL such as https://auth.example.com",
        ),
    ]);
}

#[test]
fn contradictions_about_keys_mails_and_headers_are_refused() {
    check_each(&[
        (
            "[keys]\nverify_algorithms = [\"ES265\"]\n",
            "2: keys.verify_algorithms: the algorithm `ES265` is not supported; did you mean \
             ES256?",
        ),
        (
            "[keys]\njwt_secret = \"golden-secret-golden-secret-golden-secret-0001\"\n\
             verify_algorithms = [\"RS256\"]\n",
            "3: keys.verify_algorithms: access tokens are signed with HS256 (keys.jwt_secret), \
             which is not among them; add \"HS256\", or leave the list empty",
        ),
        (
            "[keys]\nverify_algorithms = [\"HS256\"]\n",
            "2: keys.verify_algorithms: access tokens are signed with ES256 (a generated key), \
             which is not among them; add \"ES256\", or leave the list empty",
        ),
        (
            "[api_keys]\nsecret = \"sb_publishable_1\"\n",
            "2: api_keys.secret: the key does not begin with `sb_secret_`; leave it out to have \
             one generated, or make one with `echo sb_secret_$(openssl rand -hex 16)`",
        ),
        (
            "[smtp]\nhost = \"mail\"\nadmin_email = \"nobody\"\n",
            "3: smtp.admin_email: `nobody` is no e-mail address, and mails need a sender; write \
             for example auth@example.com",
        ),
        (
            "[smtp]\npassword = \"hunter2\"\n",
            "0: smtp.user: there is a password but no user; set smtp.user",
        ),
        (
            "[mail]\ndelivery = \"smtp\"\n",
            "0: smtp.host: mails go over SMTP, but to no host; set smtp.host",
        ),
        (
            "mode = \"production\"\n[mail]\ndelivery = \"inbox\"\n",
            "3: mail.delivery: the inbox page is there in development mode only, and nobody would \
             get mails; write \"auto\" or \"smtp\"",
        ),
        (
            "[http]\nrate_limit_header = \"X Client\"\n",
            "2: http.rate_limit_header: `X Client` is no name of a header; write for example \
             X-Forwarded-For",
        ),
    ]);
}

#[test]
fn contradictions_about_accounts_are_refused() {
    check_each(&[
        (
            "[account]\npassword_reset_url = \"reset-password\"\n",
            "2: account.password_reset_url: `reset-password` is no absolute URL; write for \
             example https://app.example.com/reset-password",
        ),
        (
            "[account]\npassword_reset_url = \"https://user:pw@app.example.com/\"\n",
            "2: account.password_reset_url: `https://user:pw@app.example.com/` has a user name or \
             password; write for example https://app.example.com/reset-password",
        ),
        (
            "[account]\nopening_plan = \"\"\n",
            "2: account.opening_plan: an account without a plan cannot be told from one whose plan \
             is lost; write for example free",
        ),
    ]);
    let application = "[account]\npassword_reset_url = \"com.example.app://reset\"\n";
    assert_eq!(faults(application), [""; 0]);
}
