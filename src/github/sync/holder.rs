//! Who holds a lease: a name that nobody else has, and that tells whoever is on the same machine whether it still lives.

use std::{fs, path::Path};

use uuid::Uuid;

/// This process, where this system tells: `BOOT NAMESPACE PID UUID`; else a UUID alone.
pub(super) fn name() -> String {
    let id = Uuid::new_v4().simple();
    home().map_or_else(|| id.to_string(), |home| format!("{home} {} {id}", std::process::id()))
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
        assert!(!is_dead(&name()));
        assert_ne!(name(), name());
    }
}
