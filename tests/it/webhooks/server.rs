//! How GitHub signs.

use std::fmt::Write as _;

use ring::hmac;

pub(crate) fn sign(secret: &str, body: &[u8]) -> String {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), body);
    let mut signature = String::from("sha256=");
    for byte in tag.as_ref() {
        write!(signature, "{byte:02x}").expect("a text");
    }
    signature
}
