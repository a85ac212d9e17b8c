//! `flowlens hook`: the webhook that delivers to `flowlens serve`, made, mended and looked after.

use std::{io::Write, time::Duration};

use tokio::time::sleep;

use super::{Failure, github, notice, question};
use crate::{
    cli::HookArgs,
    config::{Config, Secret},
    domain::{delivery, remote::Typed, site::Site, text::counted, time::ago},
    exit::ExitCode,
    github::{
        client::{Budget, Client, Error, Writer, Written},
        hook::{Deliveries, EVENTS, Hook, HookOwner, Hooks, Lack},
    },
};

/// Between two deliveries that are sent again: GitHub wants a second between changes.
const PACE: Duration = Duration::from_secs(1);
/// How often, and how far apart, the answer to GitHub's first call is looked for.
const LOOKS: usize = 5;
const LOOK: Duration = Duration::from_secs(2);
const NO_SECRET: &str = "there is no secret to sign with: make one (openssl rand -hex 32), put it into a file that only \
                         you can read (chmod 600) and name that as secret_file under [serve], or set \
                         FLOWLENS_WEBHOOK_SECRET";

/// Registers or checks the webhook. Exit code 8 if something is left to do.
///
/// # Errors
/// There is no secret, or GitHub refuses.
pub async fn run(args: &HookArgs, config: &Config, out: &mut impl Write) -> Result<ExitCode, Failure> {
    let owner = match (&args.target, &args.organisation) {
        (Some(text), _) => match github::target(text, config)? {
            Typed::Repository(name) => HookOwner::Repository(name),
            Typed::Owner(name) => HookOwner::Organisation(name),
        },
        (None, Some(text)) => HookOwner::Organisation(github::organisation(text, config)?),
        (None, None) => return Err(Failure::Usage("name OWNER/REPO or an organisation".to_owned())),
    };
    let secret = config.serve.secrets().map_err(Failure::Usage)?.into_iter().next();
    for remark in remarks(args) {
        notice(remark);
    }
    let options = github::options(config, Budget::default());
    let (client, writer) = match Writer::new(&options).and_then(|writer| Ok((Client::new(options)?, writer)))
    {
        Ok(clients) => clients,
        Err(error @ Error::NoToken { .. }) => {
            by_hand(&owner, args, config, secret.is_some(), out)?;
            notice(format_args!("{error}, so this is yours to do"));
            return Ok(ExitCode::Pending);
        }
        Err(error) => return Err(refused(&owner, &error)),
    };
    let found = Hooks::find(&client, writer, &owner, &args.url).await;
    let (hooks, found) = found.map_err(|error| refused(&owner, &error))?;
    let mut work = Work { args, owner, secret, hooks, out };
    match found.as_slice() {
        [] => work.make().await,
        [hook] => work.check(hook).await,
        [_, _, ..] => work.several(&found),
    }
}

struct Work<'a, W> {
    args: &'a HookArgs,
    owner: HookOwner,
    secret: Option<Secret>,
    hooks: Hooks<'a>,
    out: &'a mut W,
}

impl<W: Write> Work<'_, W> {
    async fn make(&mut self) -> Result<ExitCode, Failure> {
        let Self { args, owner, out, .. } = self;
        writeln!(out, "{owner}: there is no webhook to {}", args.url)?;
        writeln!(out, "  to be made: {}, as JSON, signed", counted(EVENTS.len(), "event"))?;
        if !self.agreed("Make it?").await? {
            return Ok(ExitCode::Pending);
        }
        let made = self.hooks.make(&self.args.url, self.secret()?.expose()).await;
        let hook = self.seen(made).await?;
        writeln!(self.out, "{}: webhook {} is made", self.owner, hook.id)?;
        self.first_call(&hook).await
    }

    async fn check(&mut self, hook: &Hook) -> Result<ExitCode, Failure> {
        let deliveries = self.deliveries(hook).await?;
        let former = self.args.replace_secret.then_some(Lack::FormerSecret);
        let lacks: Vec<Lack> = hook.lacks().into_iter().chain(deliveries.lack()).chain(former).collect();
        let Self { args, owner, out, .. } = self;
        let word = if lacks.is_empty() { "is as it should be" } else { "needs mending" };
        writeln!(out, "{owner}: webhook {} to {} {word}", hook.id, args.url)?;
        for lack in &lacks {
            writeln!(out, "  {lack}")?;
        }
        for line in history(&deliveries) {
            writeln!(out, "  {line}")?;
        }
        if !lacks.is_empty() {
            if !self.agreed("Set its events, JSON and the secret, and switch it on?").await? {
                return Ok(ExitCode::Pending);
            }
            self.mend(hook, &lacks).await?;
        }
        self.redeliver(hook, &deliveries).await
    }

    async fn mend(&mut self, hook: &Hook, lacks: &[Lack]) -> Result<(), Failure> {
        let mended = self.hooks.mend(hook, &self.args.url, self.secret()?.expose()).await;
        let is_known = !matches!(mended, Written::Unknown(_));
        let left = self.seen(mended).await?.lacks();
        let owner = &self.owner;
        if let Some(lack) = left.first() {
            return Err(Failure::GitHub(format!("{owner}: the webhook is as before: {lack}")));
        }
        if !is_known && !lacks.iter().any(Lack::is_seen) {
            let why = "it is not known whether the webhook has this secret now; run this command again";
            return Err(Failure::GitHub(format!("{owner}: {why}")));
        }
        Ok(writeln!(self.out, "{owner}: webhook {} is mended", hook.id)?)
    }

    /// Nobody but the user knows which of them is right.
    fn several(&mut self, found: &[Hook]) -> Result<ExitCode, Failure> {
        let ids: Vec<String> = found.iter().map(|hook| hook.id.to_string()).collect();
        let Self { args, owner, out, .. } = self;
        writeln!(out, "{owner}: {} webhooks lead to {}: {}", found.len(), args.url, ids.join(", "))?;
        notice(
            "each delivery comes that many times, which costs time and nothing else; delete all but one by hand",
        );
        Ok(ExitCode::Pending)
    }

    /// Sends again what failed.
    async fn redeliver(&mut self, hook: &Hook, deliveries: &Deliveries) -> Result<ExitCode, Failure> {
        let failed = deliveries.failed();
        if failed.is_empty() {
            return Ok(ExitCode::Success);
        }
        let question = format!("Have {} sent again?", deliveries_of(failed.len()));
        if !self.agreed(&question).await? {
            return Ok(ExitCode::Pending);
        }
        for (n, delivery) in failed.iter().enumerate() {
            if n > 0 {
                sleep(PACE).await;
            }
            if let Some(why) = undone(self.hooks.redeliver(hook, delivery).await) {
                notice(format_args!("{n} of {} were sent again", failed.len()));
                return Err(Failure::GitHub(why));
            }
        }
        writeln!(self.out, "{}: {} sent again", self.owner, deliveries_of(failed.len()))?;
        Ok(ExitCode::Success)
    }

    /// The webhook after a change: what is not known is looked at.
    async fn seen(&mut self, changed: Written) -> Result<Hook, Failure> {
        match changed {
            Written::Unknown(why) => notice(format_args!("{why}; looking whether it was done")),
            changed => {
                if let Some(why) = undone(changed) {
                    return Err(Failure::GitHub(why));
                }
            }
        }
        let found = self.hooks.leading_to(&self.args.url).await;
        let found = found.map_err(|error| refused(&self.owner, &error))?.pop();
        found.ok_or_else(|| Failure::GitHub(format!("{}: the webhook is not there", self.owner)))
    }

    /// GitHub calls a new webhook at once: its answer shows whether the way is open and the secret the same.
    async fn first_call(&mut self, hook: &Hook) -> Result<ExitCode, Failure> {
        for look in 0..LOOKS {
            if look > 0 {
                sleep(LOOK).await;
            }
            let Some((_, _, code)) = self.deliveries(hook).await?.newest() else { continue };
            writeln!(self.out, "{}: GitHub's first call was answered: {}", self.owner, answer(code))?;
            let is_taken = matches!(code, 200..=299);
            return Ok(if is_taken { ExitCode::Success } else { ExitCode::Pending });
        }
        notice("GitHub has not called yet; this command, run again, tells the answer");
        Ok(ExitCode::Pending)
    }

    async fn deliveries(&self, hook: &Hook) -> Result<Deliveries, Failure> {
        self.hooks.deliveries(hook).await.map_err(|error| refused(&self.owner, &error))
    }

    fn secret(&self) -> Result<&Secret, Failure> {
        self.secret.as_ref().ok_or_else(|| Failure::Usage(NO_SECRET.to_owned()))
    }

    async fn agreed(&mut self, question: &str) -> Result<bool, Failure> {
        if self.args.dry_run {
            return Ok(false);
        }
        // Nobody is asked about what cannot be done.
        self.secret()?;
        if self.args.yes {
            return Ok(true);
        }
        if !question::can_be_asked() {
            notice("nothing is done: there is no terminal to ask at; --yes does it without asking");
            return Ok(false);
        }
        question::yes(question, self.out).await
    }
}

/// What is odd about the address.
fn remarks(args: &HookArgs) -> Vec<String> {
    let mut remarks = Vec::new();
    if args.url.scheme() == "http" {
        remarks.push("over http:// whoever is on the way reads what is delivered".to_owned());
    }
    if args.url.path() == "/" {
        remarks.push(format!("flowlens serve listens at {}, and this address leads to /", delivery::PATH));
    }
    remarks
}

/// What was delivered, in words.
fn history(deliveries: &Deliveries) -> Vec<String> {
    let Some((at, now, code)) = deliveries.newest() else {
        return vec!["nothing was delivered in the last three days".to_owned()];
    };
    let codes = deliveries.codes();
    let codes: Vec<String> =
        codes.iter().map(|(code, count)| format!("{count} × {}", answer(*code))).collect();
    let most = if deliveries.is_cut { ", at least" } else { "" };
    vec![
        format!("the last three days{most}: {}", codes.join(", ")),
        format!("the newest, {}: {}", ago(now, at), answer(code)),
    ]
}

fn deliveries_of(count: usize) -> String {
    format!("{count} {}", if count == 1 { "delivery" } else { "deliveries" })
}

fn answer(code: u16) -> String {
    match code {
        0 => "no answer".to_owned(),
        code => code.to_string(),
    }
}

/// What is to be clicked where there is no token.
fn by_hand(
    owner: &HookOwner,
    args: &HookArgs,
    config: &Config,
    has_secret: bool,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let site = Site::new(&config.github.url).map_err(|why| Failure::Usage(why.to_owned()))?;
    let secret = if has_secret {
        "the one that flowlens serve has"
    } else {
        "one that you make (openssl rand -hex 32) and give to flowlens serve, too"
    };
    writeln!(out, "Open {}", owner.page(&site))?;
    writeln!(out, "  Payload URL       {}", args.url)?;
    writeln!(out, "  Content type      application/json")?;
    writeln!(out, "  Secret            {secret}")?;
    writeln!(out, "  SSL verification  Enable")?;
    writeln!(out, "  Which events      Let me select individual events, and these:")?;
    for (_, label) in EVENTS {
        writeln!(out, "    {label}")?;
    }
    writeln!(out, "  Active            yes")?;
    Ok(())
}

/// Why something was not done, or may not have been.
fn undone(written: Written) -> Option<String> {
    match written {
        Written::Done(_) => None,
        Written::Refused { said, .. } => Some(said),
        Written::Limited(why) => Some(why.to_string()),
        Written::NotSent(why) => Some(why),
        Written::Unknown(why) => Some(format!("it is not known whether it was done: {why}")),
    }
}

/// GitHub refuses: to those who may not, it says that there is nothing.
fn refused(owner: &HookOwner, error: &Error) -> Failure {
    let mend = match error {
        Error::NotFound { .. } | Error::Forbidden { .. } => Some(format!(
            "only an administrator sees and changes it, with a token of the scope {}, or of the permission \
             \"Webhooks: read and write\"",
            owner.scope()
        )),
        other => other.mend(),
    };
    Failure::GitHub(format!("{error}{}", mend.map(|mend| format!("; {mend}")).unwrap_or_default()))
}
