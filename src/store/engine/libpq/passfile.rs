//! The password file: a line `host:port:database:user:password` for each login, in any encoding, for its owner alone.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::private;

/// Bytes of the file that are read.
const LARGEST: u64 = 4 * 1024 * 1024;
/// Folders in which a server's socket stands by default: such a host goes by `localhost`, too.
const SOCKET_FOLDERS: [&str; 3] = ["/var/run/postgresql", "/run/postgresql", "/tmp"];

/// Whose password is wanted.
#[derive(Clone, Copy)]
pub(in crate::store::engine) struct Login<'a> {
    pub(in crate::store::engine) host: &'a str,
    pub(in crate::store::engine) port: u16,
    pub(in crate::store::engine) database: &'a str,
    pub(in crate::store::engine) user: &'a str,
}

/// Why a file that is there gives no password.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the password file {} is not read: {why}", path.display())]
pub(in crate::store::engine) struct Ignored {
    path: PathBuf,
    why: String,
}

/// The password of the first line that fits; none where there is no file or no such line.
///
/// # Errors
/// Why the file is passed over, as libpq would do.
pub(in crate::store::engine) fn password(path: &Path, login: Login<'_>) -> Result<Option<String>, Ignored> {
    let ignored = |why: &str| Ignored { path: path.to_owned(), why: why.to_owned() };
    let bytes = match private::read_secret(path, LARGEST) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(ignored(&error.to_string())),
    };
    let mut lines = bytes.split(|byte| *byte == b'\n').enumerate();
    let found = lines.find_map(|(n, line)| {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        Some((n, matching(line, login)?))
    });
    let Some((n, password)) = found else { return Ok(None) };
    let decoded = String::from_utf8(password);
    decoded.map(Some).map_err(|_not_utf8| ignored(&format!("the password in line {} is not UTF-8", n + 1)))
}

/// The password of a line, if the line is about this login.
fn matching(line: &[u8], login: Login<'_>) -> Option<Vec<u8>> {
    if line.starts_with(b"#") {
        return None;
    }
    let mut fields = Fields(line);
    let mut field = |accepted: &[&str]| {
        let found = fields.next()?;
        (found == b"*" || accepted.iter().any(|accepted| accepted.as_bytes() == found)).then_some(())
    };
    let is_default = SOCKET_FOLDERS.contains(&login.host);
    field(&[login.host, if is_default { "localhost" } else { login.host }])?;
    field(&[&login.port.to_string()])?;
    field(&[login.database])?;
    field(&[login.user])?;
    fields.next()
}

/// Fields between colons; a backslash takes the next byte for itself.
struct Fields<'a>(&'a [u8]);

impl Iterator for Fields<'_> {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        if self.0.is_empty() {
            return None;
        }
        let mut field = Vec::new();
        while let Some((byte, rest)) = self.0.split_first() {
            self.0 = rest;
            match (byte, rest.split_first()) {
                (b':', _) => break,
                (b'\\', Some((escaped, rest))) => {
                    field.push(*escaped);
                    self.0 = rest;
                }
                _ => field.push(*byte),
            }
        }
        Some(field)
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt as _};

    use super::*;

    const LOGIN: Login<'_> = Login { host: "db.example", port: 5433, database: "flow", user: "ana" };

    fn file(content: &[u8], mode: u32) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("pass");
        fs::write(&path, content).expect("a file");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("its mode");
        (folder, path)
    }

    #[test]
    fn the_first_line_that_fits_counts_whatever_the_others_hold() {
        for (content, expected) in [
            (&b"db.example:5433:flow:ana:tulip"[..], Some("tulip")),
            (b"# *:*:*:*:no\n\nold:*:*:*:no\n*:*:*:ana:tulip\r\n*:*:*:*:later\n", Some("tulip")),
            (b"old.example:*:*:bob:caf\xe9-au-lait\n*:*:*:ana:tulip\n", Some("tulip")),
            (b"db.example:5433:flow:ana:tu\\:l\\\\ip\n", Some("tu:l\\ip")),
            (b"db.example:5432:*:*:no\nDB.example:*:*:*:no\n*:*:flow2:*:no\n*:*:*:bo:no\n", None),
            (b"db.example:5433:flow\n*:*:*:*", None),
            (b"*:*:*:*:\n", None),
            (b"", None),
        ] {
            let (_folder, path) = file(content, 0o600);
            let text = String::from_utf8_lossy(content);
            assert_eq!(password(&path, LOGIN).expect("it is read").as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_socket_of_the_usual_folder_goes_by_localhost() {
        let (_folder, path) = file(b"localhost:*:*:*:tulip\n/opt/pg:*:*:*:rose\n", 0o600);
        for (host, expected) in
            [("/var/run/postgresql", Some("tulip")), ("/opt/pg", Some("rose")), ("/opt/other", None)]
        {
            let found = password(&path, Login { host, ..LOGIN }).expect("it is read");
            assert_eq!(found.as_deref(), expected, "{host}");
        }
    }

    #[test]
    fn a_file_that_is_passed_over_is_told() {
        let why = |path: &Path| password(path, LOGIN).expect_err("it is passed over").to_string();
        for mode in [0o644, 0o640, 0o604, 0o620] {
            let (_folder, path) = file(b"*:*:*:*:tulip\n", mode);
            assert!(why(&path).ends_with("others can read it: chmod 600"), "{mode:o}: {}", why(&path));
        }
        let (folder, path) = file(b"# one\n*:*:*:*:caf\xe9\n", 0o600);
        assert!(why(&path).ends_with("the password in line 2 is not UTF-8"), "{}", why(&path));
        assert!(why(folder.path()).ends_with("it is not a plain file"), "{}", why(folder.path()));
        assert_eq!(password(&folder.path().join("none"), LOGIN), Ok(None));
    }
}
