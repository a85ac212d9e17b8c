//! Whether GitHub has sent it: HMAC-SHA256 of the bytes as they came, under a secret that only GitHub has, too.

use ring::hmac;

use crate::domain::secret::Secret;

/// Why a delivery is nobody's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unsigned {
    #[error("there is no X-Hub-Signature-256")]
    Missing,
    #[error("there is only X-Hub-Signature, which is SHA-1's")]
    OnlySha1,
    #[error("X-Hub-Signature-256 is no SHA-256")]
    Malformed,
    #[error("the signature is of another secret, or of another body")]
    Wrong,
}

/// The secrets: the present one, and the one before it while they are exchanged. They have no debug form.
#[derive(Default)]
pub(super) struct Keys(Vec<hmac::Key>);

impl Keys {
    pub(super) fn new(secrets: &[Secret]) -> Self {
        let key = |secret: &Secret| hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
        Self(secrets.iter().map(key).collect())
    }

    /// Reads what the headers say; nothing has to be signed where there is no secret.
    pub(super) fn tag(&self, sha256: Option<&[u8]>, has_sha1: bool) -> Result<Vec<u8>, Unsigned> {
        match sha256 {
            _ if self.0.is_empty() => Ok(Vec::new()),
            Some(header) => header.strip_prefix(b"sha256=").and_then(digest).ok_or(Unsigned::Malformed),
            None if has_sha1 => Err(Unsigned::OnlySha1),
            None => Err(Unsigned::Missing),
        }
    }

    /// Takes as long whatever the signature is.
    pub(super) fn verify(&self, tag: &[u8], body: &[u8]) -> Result<(), Unsigned> {
        let fits = self.0.iter().filter(|key| hmac::verify(key, body, tag).is_ok()).count();
        if fits > 0 || self.0.is_empty() { Ok(()) } else { Err(Unsigned::Wrong) }
    }
}

/// 32 bytes of hexadecimal digits.
fn digest(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pair = |pair: &[u8]| match pair {
        [high, low] => Some(digit(high)? << 4 | digit(low)?),
        _ => None,
    };
    let bytes: Option<Vec<u8>> = text.chunks(2).map(pair).collect();
    bytes.filter(|bytes| bytes.len() == 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// GitHub's own example.
    const SECRET: &str = "It's a Secret to Everybody";
    const BODY: &[u8] = b"Hello, World!";
    const TAG: &str = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

    fn check(secrets: &[&str], header: &str, body: &[u8]) -> Result<(), Unsigned> {
        let keys = Keys::new(&secrets.iter().map(|secret| Secret::new(*secret)).collect::<Vec<_>>());
        keys.verify(&keys.tag(Some(header.as_bytes()), true)?, body)
    }

    #[test]
    fn githubs_example_is_signed() {
        let header = format!("sha256={TAG}");
        for secrets in [&[SECRET][..], &["new", SECRET], &[SECRET, "old"], &[]] {
            assert_eq!(check(secrets, &header, BODY), Ok(()), "{secrets:?}");
        }
        assert_eq!(check(&[SECRET], &format!("sha256={}", TAG.to_uppercase()), BODY), Ok(()));
        for (secrets, body) in [(["new", "old"], BODY), ([SECRET, ""], b"Hello, World"), (["", " "], BODY)] {
            assert_eq!(check(&secrets, &header, body), Err(Unsigned::Wrong));
        }
    }

    #[test]
    fn what_is_no_signature_is_told_apart() {
        let short = TAG.split_at(62).0;
        for header in [
            "",
            "sha256=",
            TAG,
            short,
            &format!("sha256={short}"),
            &format!("sha256={TAG}0"),
            &format!("sha1={TAG}"),
            &format!("sha256={short}é"),
        ] {
            assert_eq!(check(&[SECRET], header, BODY), Err(Unsigned::Malformed), "{header}");
        }
        let keys = Keys::new(&[Secret::new(SECRET)]);
        assert_eq!(keys.tag(None, true), Err(Unsigned::OnlySha1));
        assert_eq!(keys.tag(None, false), Err(Unsigned::Missing));
    }
}
