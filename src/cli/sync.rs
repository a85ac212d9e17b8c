//! The command line of `sync`.

use clap::Args;

pub(super) const EXAMPLES: &str = "\
Examples:
  flowlens sync acme/api           fills the board, which `flowlens` shows
  flowlens sync                    the repository of this checkout
  flowlens sync acme --watch       all of an organisation, fresh until Ctrl-C
  flowlens sync --mine --dry-run   what it would cost";

#[derive(Args, Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct SyncArgs {
    /// Repositories by name or address; a name alone is an organisation or user with all of its repositories
    /// [default: this checkout's, else `repos` of the config file]
    #[arg(value_name = "OWNER/REPO|ORG")]
    pub targets: Vec<String>,
    /// All repositories of this organisation or user (repeatable): the same as its name alone
    #[arg(long = "org", value_name = "ORG")]
    pub organisations: Vec<String>,
    /// All repositories with open pull requests that you have a part in
    #[arg(long)]
    pub mine: bool,
    /// Stay, and look for changes until Ctrl-C
    #[arg(long)]
    pub watch: bool,
    /// Print what a sync would do now and cost, and write nothing
    #[arg(long, conflicts_with = "watch")]
    pub dry_run: bool,
    /// Print each event as a line of JSON
    #[arg(long)]
    pub json: bool,
    /// Read closed ones that were updated within this time [env: FLOWLENS_WINDOW] [default: 14d]
    ///
    /// A whole number with a unit: ms, s, m, h or d.
    #[arg(long, value_name = "DURATION")]
    pub window: Option<String>,
    /// Which GitHub [env: FLOWLENS_GITHUB_URL, GH_HOST] [default: github.com]
    ///
    /// A host, such as github.acme.example, or the https:// address of its pages; http:// only for this machine. The
    /// token is FLOWLENS_GITHUB_TOKEN, GH_TOKEN or GITHUB_TOKEN, or the content of `token_file` of the config file, or
    /// the one that `gh` is logged in with.
    #[arg(long, value_name = "HOST")]
    pub github_url: Option<String>,
}
