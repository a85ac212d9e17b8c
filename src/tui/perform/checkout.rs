//! Checking out the head of a pull request with git. Whoever opened it chose its branch's name, its hooks and its
//! files: no name is an argument, no hook runs, and what is checked out is the commit that was shown, or nothing.

use std::{
    env, io,
    os::unix::process::CommandExt as _,
    path::PathBuf,
    process::{Command, Stdio},
    time::Duration,
};

use super::child::{ended, listen, wait};
use crate::{
    domain::{
        ids::Sha,
        remote::{REMOTES, remote},
        text::clean,
    },
    programs::ssh_host,
    tui::effect::Checkout,
};

/// How long git may take to fetch; all else takes a moment.
const PATIENCE: Duration = Duration::from_mins(5);
/// How long what it said is waited for after its end, whatever else this machine does.
const ENDED: Duration = Duration::from_secs(10);
/// Neither the work tree's hooks nor its submodules, nor a pack in the background.
const SAFE: [&str; 8] = [
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "submodule.recurse=false",
    "-c",
    "maintenance.auto=false",
    "-c",
    "gc.auto=0",
];
/// Variables that would lead git elsewhere.
const ASTRAY: [&str; 7] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
];

/// Checks it out as the branch `pr/N`.
///
/// # Errors
/// There is no clone, it has changes of its own, its branch has other commits, the head is another one by now, or git
/// fails, in one line.
pub(super) fn run(wanted: &Checkout) -> Result<String, String> {
    let (git, remote) = find(wanted)?;
    git.is_clean()?;
    let number = wanted.number;
    let here = format!("refs/flowlens/pull/{number}");
    git.run(&[
        "fetch",
        "--quiet",
        "--no-tags",
        "--no-recurse-submodules",
        "--no-write-fetch-head",
        remote,
        &format!("+refs/pull/{number}/head:{here}"),
    ])?;
    let pin = wanted.pin.as_str();
    let now = git.run(&["rev-parse", "--verify", "--quiet", &format!("{here}^{{commit}}")])?;
    if Sha::parse(&now).as_ref() != Some(&wanted.pin) {
        let now = Sha::parse(&now).map(|sha| sha.short().to_owned()).unwrap_or_default();
        return Err(format!(
            "its head is {now} by now, and you saw {}; look at that first",
            wanted.pin.short()
        ));
    }
    let branch = format!("pr/{number}");
    if git.run(&["rev-parse", "--verify", "--quiet", &format!("refs/heads/{branch}")]).is_err() {
        git.run(&["switch", "--quiet", "--no-track", "-c", &branch, pin])?;
    } else {
        let is_behind =
            git.run(&["merge-base", "--is-ancestor", &format!("refs/heads/{branch}"), pin]).is_ok();
        if !is_behind {
            return Err(format!(
                "{branch} in {} has commits that the pull request has not: rename or delete it first",
                git.shown()
            ));
        }
        git.run(&["switch", "--quiet", "--no-guess", &branch])?;
        git.run(&["merge", "--quiet", "--ff-only", pin])?;
    }
    Ok(format!("{} is checked out in {} as {branch}", wanted.pin.short(), git.shown()))
}

/// The clone, and its remote that has the pull request.
fn find(wanted: &Checkout) -> Result<(Git, &'static str), String> {
    let (owner, name) = wanted.repository.split_once('/').unwrap_or(("", &wanted.repository));
    let places: Vec<PathBuf> = match &wanted.folder {
        Some(folder) => vec![folder.join(name), folder.join(owner).join(name)],
        None => vec![env::current_dir().map_err(|error| format!("no current folder: {error}"))?],
    };
    for place in &places {
        let git = Git { folder: place.clone() };
        if let Some(remote) = REMOTES.into_iter().find(|remote| git.leads_to(remote, wanted)) {
            return Ok((git, remote));
        }
    }
    let tried: Vec<String> = places.iter().map(|place| clean(&place.display().to_string())).collect();
    let mend = match &wanted.folder {
        Some(_) => "clone it there first",
        None => "begin FlowLens in its clone, or set checkouts in [github] to the folder of your clones",
    };
    Err(format!("no clone of {} in {}: {mend}", wanted.repository, tried.join(" or ")))
}

/// A clone.
struct Git {
    folder: PathBuf,
}

impl Git {
    fn shown(&self) -> String {
        clean(&self.folder.display().to_string())
    }

    /// Whether a remote is the wanted repository, as it is written down or as git takes it.
    fn leads_to(&self, name: &str, wanted: &Checkout) -> bool {
        if !self.folder.is_dir() {
            return false;
        }
        let written = self.run(&["config", "--get", &format!("remote.{name}.url")]).ok();
        let taken = self.run(&["remote", "get-url", name]).ok();
        let is_it = |url: &String| {
            let names = wanted.hosts.iter().filter_map(|host| remote(url, host, ssh_host));
            names.into_iter().any(|name| name.eq_ignore_ascii_case(&wanted.repository))
        };
        written.iter().chain(&taken).any(is_it)
    }

    fn is_clean(&self) -> Result<(), String> {
        let changed =
            self.run(&["status", "--porcelain", "--untracked-files=no", "--ignore-submodules=all"])?;
        if changed.is_empty() {
            Ok(())
        } else {
            Err(format!("{} has changes that are not committed", self.shown()))
        }
    }

    /// What it says.
    fn run(&self, arguments: &[&str]) -> Result<String, String> {
        let mut command = Command::new("git");
        command.arg("-C").arg(&self.folder).args(SAFE).args(arguments);
        command.env("GIT_TERMINAL_PROMPT", "0").env("LC_ALL", "C");
        if env::var_os("GIT_SSH_COMMAND").is_none() && env::var_os("GIT_SSH").is_none() {
            // It would ask on the terminal, which is ours.
            command.env("GIT_SSH_COMMAND", "ssh -oBatchMode=yes");
        }
        for name in ASTRAY {
            command.env_remove(name);
        }
        let failed = |error: io::Error| format!("git cannot be started: {error}");
        let (out, err) = (io::pipe().map_err(failed)?, io::pipe().map_err(failed)?);
        command.stdin(Stdio::null()).stdout(out.1).stderr(err.1).process_group(0);
        let child = command.spawn();
        // Its ends of the pipes are its own now.
        drop(command);
        let mut child = child.map_err(failed)?;
        let (said, wrong) = (listen(out.0), listen(err.0));
        let status =
            wait(&mut child, PATIENCE).map_err(|error| format!("git cannot be waited for: {error}"))?;
        let what = arguments.first().copied().unwrap_or_default();
        match status {
            None => Err(format!("git {what} took longer than {PATIENCE:?}")),
            // An answer that is not whole is none: nothing said would mean that all is clean.
            Some(status) if status.success() => {
                let said =
                    said.whole(ENDED).ok_or_else(|| format!("git {what} does not end what it says"))?;
                Ok(said.trim().to_owned())
            }
            Some(status) => {
                let wrong = wrong.whole(ENDED).unwrap_or_default();
                let line = wrong.lines().map(clean).find(|line| !line.trim().is_empty());
                Err(line.map_or_else(
                    || format!("git {what} {}", ended(status)),
                    |line| format!("git {what}: {line}"),
                ))
            }
        }
    }
}
