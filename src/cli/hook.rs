//! The command line of `hook`.

use clap::Args;
use url::Url;

use crate::domain::delivery;

pub(super) const EXAMPLES: &str = "\
Examples:
  flowlens hook acme/api --url https://flowlens.acme.example/webhook --dry-run
  flowlens hook acme --url https://flowlens.acme.example/webhook
  flowlens hook acme/api --url https://flowlens.acme.example/webhook --yes";

#[derive(Args, Clone, Debug)]
pub struct HookArgs {
    /// The repository or the organisation whose webhook it is, by name or address
    #[arg(
        value_name = "OWNER/REPO|ORG",
        required_unless_present = "organisation",
        conflicts_with = "organisation"
    )]
    pub target: Option<String>,
    /// All repositories of this organisation, by one webhook of its own: the same as its name alone
    #[arg(long = "org", value_name = "ORG")]
    pub organisation: Option<String>,
    /// The address of flowlens serve, as GitHub reaches it
    ///
    /// Without a path it gets the receiver's own, /webhook.
    #[arg(long, value_name = "URL", value_parser = receiver)]
    pub url: Url,
    /// Give it the secret anew: nobody can see which one it has
    #[arg(long)]
    pub replace_secret: bool,
    /// Only tell what is wrong and what would be done
    #[arg(long)]
    pub dry_run: bool,
    /// Do it without asking
    #[arg(long, conflicts_with = "dry_run")]
    pub yes: bool,
    /// Which GitHub [env: FLOWLENS_GITHUB_URL, GH_HOST] [default: github.com]
    ///
    /// A host, such as github.acme.example, or the https:// address of its pages; http:// only for this machine.
    #[arg(long, value_name = "HOST")]
    pub github_url: Option<String>,
}

/// An address that GitHub shows to all admins: nothing in it may be secret.
fn receiver(text: &str) -> Result<Url, String> {
    let expected =
        || "expected an address such as https://flowlens.acme.example/webhook, without a login".to_owned();
    let mut url = Url::parse(text).map_err(|_no_url| expected())?;
    let is_plain = matches!(url.scheme(), "https" | "http")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
        && url.fragment().is_none();
    // A slash at the end is a path that somebody has typed: what is in front of the receiver may take it.
    if url.path() == "/" && !text.trim_end().ends_with('/') {
        url.set_path(delivery::PATH);
    }
    is_plain.then_some(url).ok_or_else(expected)
}
