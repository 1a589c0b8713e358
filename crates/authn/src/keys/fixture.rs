//! Keys of the recorded instances of Supabase Auth, for tests; they protect nothing.

use super::KeySet;
use types::Secret;

pub(crate) const SECRET: &str = "golden-secret-golden-secret-golden-secret-0001";

/// RS256 signs; an ES256 key and the secret verify.
pub(crate) const RS256: &str = "\
    [{\"kty\":\"RSA\",\"kid\":\"rs-key-1\",\"alg\":\"RS256\",\"use\":\"sig\",\"key_ops\":[\"\
    sign\",\"verify\"],\"n\":\"rSj2o0Mn59g6BBMNLN3zXtlrGiC9TUeifoUSHXMeUXTBYGR5Rw_kd8d0qX6e_\
    YeEzuWtSqTmqz2qf_W8zUzIR7dzeeJdAWLbJRY7WNP2jlyHV0PAwuSdCloLGZV3HaLQ3EDRtqidnS9tWIybV-42V\
    _3N72NmuBjlkTZIss5Xohusgh3xkPenCwTQFR-ERQ2eVGujU2oul07lgWC028F8H_EFwa9jbmncGyTWuLTcfUa7Z\
    pAFlnpi9oHkQPjFbdB-gD94oO5bbuAaJhceO3s0qNTemSFDaEhsF6NuseAxw1bjuJ7bFdPHGNN8TZOd1MHsVpAYj\
    5GQAfXgZSViTsIliQ\",\"e\":\"AQAB\",\"d\":\"DGEHJMvKa1-At5rZuxvmPUvOGtDoB5bNQz3lz3d-iDSQa\
    yuI-gS6Vg_LGMo7DoU6KtpY5aMH9IpU3o9QSd2pMcCn1OOoYiQm5i4Chx_8GoL7Op4BhqKg_BpM0dg8FZZ2rPrwo\
    x4cdR4XXe22C0wLKYY09d4FfA1s7VEpUv2_s7soECj8n82ZyhFFLE-fAR7woTl9NmNX6G4RYxztaKbB9znSTO6y8\
    DTl2BcQGdKboHXhPye9rEbUmQB7CHWBjlzEAjPckh0hHm5VQfCqhWcmiNEjG8JhttEJclUVlry1VJzOPjvKPZLBQ\
    2U62VsPeYXsOpe-EioBKj-F0RDXKypzcw\",\"p\":\"7t5777IO-3AnwagwI7PjWiHRLlsurM6kIzUtu55uqNd3\
    _IyruNZ_pWJ-bx2SiYzzDsOvy6-oAPElVolxmrMBNIBroro6fN_mQBZfBNyKvd4AtEoneWMuSch84d3l6S-6d3ms\
    ELDQXbcAOuHlkmZQsYUr7D_0WFbdTAnUfxcmf28\",\"q\":\"uZQYD5QqonYv9dCMAVoQK8OtM7n5whuvftDZYV\
    D8Kwu5YgLrB9MN09c-pBlsnEyPSPOnSoCW1OJuz4s4s8jTXeiOxfA5-MqxDRupih4pphXglPRKjJ7WdNnRRQfxWu\
    1qFq06ue2NGLTObLpJA7ROSqUGVlWs06A9Vwbn7bLhLoc\",\"dp\":\"K12k7n1LDwbrkNLx-mlcKy7chSf0r1b\
    Mob-zz84RlQGZPPZk7qeygNoCzjV2NxapwdJxBe-b9p_RAYbuYwGAhIGUCPT6TVVwvc3R7lYDsjittA2KYRVKgAa\
    v9WmNpeoOVkZ2oIkZKwpgNlBwl0WP_MqKkNeDis4qWvWl6HTRfm0\",\"dq\":\"rOjejk1oeB0UzL22ZWAMJyrY\
    C5UhsAlpuAhSMslpW5Y98aN0Z8LvZE1ucSm7N9phuwBDBDjR0KL1ym0WtPTOc_ZGaQlOipAY7XSzwBwghD5oFYGU\
    oHcyrIdy5BXlfOou6dgYGrrKt5VnrIjZlRj_xa8DO5fyQvBPlvG5UZFVHKs\",\"qi\":\"ECz77Pnui9uoZu_9O\
    qks7OZyDzYyPuPIMtGcCq1zqbuV0tsYL1uYj8AqAbjrr-hjchIm3U3gnRhoviu534i3pocufM_T1Wi07pGMVGYqO\
    vlr28gkckX3jv_r0v7M4rgKNHjhEx965XbEPptEl_9dfe7ZDbNbDmhyzMJ_sFQ0J-Q\"},{\"kty\":\"EC\",\"\
    kid\":\"es-key-2\",\"alg\":\"ES256\",\"use\":\"sig\",\"key_ops\":[\"verify\"],\"crv\":\"\
    P-256\",\"x\":\"cMmID7JDhsHc_3QdbA4_3NmGE6yehUNibI32cW6upjA\",\"y\":\"IB9yV4Y2LoYDaYNhDV\
    tzCX_SuU0KCEEWjKR6eznqV1o\",\"d\":\"XhoQDXm_oY8SjF93cZJfLRrEAsz1J-LUIs5B2ukeWEU\"},{\"kt\
    y\":\"oct\",\"kid\":\"hs-key-1\",\"alg\":\"HS256\",\"key_ops\":[\"verify\"],\"k\":\"Z29s\
    ZGVuLXNlY3JldC1nb2xkZW4tc2VjcmV0LWdvbGRlbi1zZWNyZXQtMDAwMQ\"}]";

/// ES256 only.
pub(crate) const ES256: &str = "\
    [{\"kty\":\"EC\",\"kid\":\"es-key-1\",\"alg\":\"ES256\",\"use\":\"sig\",\"key_ops\":[\"s\
    ign\",\"verify\"],\"crv\":\"P-256\",\"x\":\"p_VpCXKLxKA7rXlAPjbd2nWW4gMQAhUGf7sbs495rEk\
    \",\"y\":\"wq6j6b4a4VzqWFOAdGFgTxFQjrmVlCMuJn4NK9_2jm8\",\"d\":\"tJhgRjP3VDS7uEpus5qCB4v\
    xJp0ESyFQc50Xz4GMqqg\"}]";

/// The key of RFC 8037 appendix A.1.
pub(crate) const ED25519: &str = r#"[{"kty":"OKP","kid":"ed-key-1","alg":"EdDSA",
    "crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","key_ops":["sign"],
    "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]"#;

pub(crate) fn secret() -> Secret<String> {
    Secret::new(SECRET.to_owned())
}

/// The secret alone, as the instance `autoconfirm` has it.
pub(crate) fn hs256() -> KeySet {
    KeySet::from_secret(&secret()).unwrap()
}

pub(crate) fn rs256() -> KeySet {
    KeySet::from_jwks(RS256, Some(&secret()), &[]).unwrap()
}

/// The RSA key of [`RS256`], used with SHA-512.
pub(crate) fn rs512() -> KeySet {
    let json = RS256.replacen("RS256", "RS512", 1);
    KeySet::from_jwks(&json, None, &[]).unwrap()
}

pub(crate) fn es256() -> KeySet {
    KeySet::from_jwks(ES256, Some(&secret()), &[]).unwrap()
}

pub(crate) fn ed25519() -> KeySet {
    KeySet::from_jwks(ED25519, None, &[]).unwrap()
}
