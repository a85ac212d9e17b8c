//! Who holds a lease: a name that nobody else has, and that tells whoever is on the same machine whether it still lives, and
//! people which process it is.

use std::{fmt, fs, path::Path};

use chrono::{DateTime, Local, Utc};
use uuid::Uuid;

use crate::domain::text::{clean, truncate};

/// Where a system tells nothing of it.
const UNKNOWN: &str = "-";
/// Cells of a host's name.
const HOST: usize = 40;

/// A program that syncs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Program {
    /// It ends by itself.
    #[default]
    Once,
    Watch,
    Dashboard,
}

impl Program {
    const ALL: [(Self, &str); 3] =
        [(Self::Once, "once"), (Self::Watch, "watch"), (Self::Dashboard, "dashboard")];

    fn word(self) -> &'static str {
        Self::ALL.iter().find(|(program, _)| *program == self).map_or(UNKNOWN, |(_, word)| word)
    }
}

/// Who holds a lease, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    program: Program,
    pid: Option<u32>,
    host: Option<String>,
    /// By its machine's clock.
    since: Option<DateTime<Utc>>,
}

impl Holder {
    /// Whether it goes on reading until somebody ends it.
    pub fn stays(&self) -> bool {
        self.program != Program::Once
    }
}

/// `flowlens sync --watch (pid 4711 on box, since 13:02)`
impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.program {
            Program::Once => "another sync",
            Program::Watch => "flowlens sync --watch",
            Program::Dashboard => "a dashboard",
        })?;
        let pid = self.pid.map(|pid| format!("pid {pid}"));
        let host = self.host.as_ref().map(|host| format!("on {host}"));
        let place = [pid, host].into_iter().flatten().collect::<Vec<_>>().join(" ");
        let since = self.since.map(|at| format!("since {}", at.with_timezone(&Local).format("%d %b %H:%M")));
        let all = [Some(place).filter(|place| !place.is_empty()), since];
        let all = all.into_iter().flatten().collect::<Vec<_>>().join(", ");
        if all.is_empty() { Ok(()) } else { write!(f, " ({all})") }
    }
}

/// This process: `BOOT NAMESPACE PID UUID PROGRAM SECONDS HOST`.
pub(super) fn name(program: Program, since: DateTime<Utc>) -> String {
    let home = home().unwrap_or_else(|| format!("{UNKNOWN} {UNKNOWN}"));
    let (pid, id) = (std::process::id(), Uuid::new_v4().simple());
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = Some(host.trim()).filter(|host| !host.is_empty()).unwrap_or(UNKNOWN);
    format!("{home} {pid} {id} {} {} {host}", program.word(), since.timestamp())
}

/// As much as a name tells: earlier versions tell less, and whoever writes into the database could write anything.
pub(super) fn holder(name: &str) -> Holder {
    let mut words = name.split(' ').skip(2);
    let (pid, _, program, since, host) =
        (words.next(), words.next(), words.next(), words.next(), words.next());
    let program = Program::ALL.iter().find(|(_, word)| Some(*word) == program);
    Holder {
        program: program.map(|(program, _)| *program).unwrap_or_default(),
        pid: pid.and_then(|pid| pid.parse().ok()),
        host: host.filter(|host| *host != UNKNOWN).map(|host| truncate(&clean(host), HOST).into_owned()),
        since: since.and_then(|since| DateTime::from_timestamp(since.parse().ok()?, 0)),
    }
}

/// Whether a holder was a process of this machine that is no more. Of others nobody knows.
pub(super) fn is_dead(name: &str) -> bool {
    home().is_some_and(|home| is_dead_at(name, &home, |pid| Path::new("/proc").join(pid).exists()))
}

fn is_dead_at(name: &str, home: &str, lives: impl Fn(&str) -> bool) -> bool {
    let pid = name.strip_prefix(home).and_then(|rest| rest.trim_start().split_once(' ')).map(|(pid, _)| pid);
    pid.is_some_and(|pid| !pid.is_empty() && pid.bytes().all(|byte| byte.is_ascii_digit()) && !lives(pid))
}

/// Since when this machine runs, and where its processes count from: containers count by themselves.
fn home() -> Option<String> {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let namespace = fs::read_link("/proc/self/ns/pid").ok()?;
    Some(format!("{} {}", boot.trim(), namespace.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_process_of_this_machine_is_known_to_be_dead() {
        let dead = |name: &str| is_dead_at(name, "boot pid:[1]", |pid| pid == "7");
        assert!(dead("boot pid:[1] 8 x"));
        for alive in
            ["boot pid:[1] 7 x", "boot pid:[2] 8 x", "other pid:[1] 8 x", "x", "", "boot pid:[1] .. x"]
        {
            assert!(!dead(alive), "{alive}");
        }
        let ours = || name(Program::Once, DateTime::UNIX_EPOCH);
        assert!(!is_dead(&ours()));
        assert_ne!(ours(), ours());
    }

    #[test]
    fn a_name_tells_people_which_process_it_is() {
        let since = DateTime::from_timestamp(1_764_165_720, 0).expect("a time");
        let at = since.with_timezone(&Local).format("%d %b %H:%M");
        let told = holder(&name(Program::Watch, since)).to_string();
        assert!(told.starts_with(&format!("flowlens sync --watch (pid {}", std::process::id())), "{told}");
        assert!(told.ends_with(&format!(", since {at})")), "{told}");
        for (name, told) in [
            ("boot pid:[1] 8 x dashboard 1764165720 box", format!("a dashboard (pid 8 on box, since {at})")),
            ("- - 8 x once x -", "another sync (pid 8)".to_owned()),
            ("boot pid:[1] 8 x", "another sync (pid 8)".to_owned()),
            ("elsewhere", "another sync".to_owned()),
            ("", "another sync".to_owned()),
            (
                "a b 8 x watch 1 \u{1b}[31mbox",
                format!("flowlens sync --watch (pid 8 on {}", clean("\u{1b}[31mbox")),
            ),
        ] {
            let found = holder(name).to_string();
            assert!(found.starts_with(&told), "{found}");
        }
    }
}
