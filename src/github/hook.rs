//! The webhook of a repository or of an organisation: what it should be, what it is, and what it could not deliver.

mod deliveries;

use std::fmt;

use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

pub use self::deliveries::{Deliveries, Delivery};
use super::client::{Client, Error, Verb, Writer, Written};
use crate::domain::{site::Site, text::clean};

/// What the receiver reads, by GitHub's name and as GitHub's page calls it.
pub const EVENTS: [(&str, &str); 10] = [
    ("check_run", "Check runs"),
    ("check_suite", "Check suites"),
    ("merge_group", "Merge groups"),
    ("pull_request", "Pull requests"),
    ("pull_request_review", "Pull request reviews"),
    ("push", "Pushes"),
    ("repository", "Repositories"),
    ("status", "Statuses"),
    ("workflow_job", "Workflow jobs"),
    ("workflow_run", "Workflow runs"),
];

/// All events there are.
const ALL: &str = "*";
const JSON: &str = "json";

/// Whose webhook it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HookOwner {
    /// `owner/name`.
    Repository(String),
    Organisation(String),
}

impl HookOwner {
    fn path(&self) -> String {
        match self {
            Self::Repository(name) => format!("repos/{name}/hooks"),
            Self::Organisation(name) => format!("orgs/{name}/hooks"),
        }
    }

    /// The page on which a webhook is made by hand.
    pub fn page(&self, site: &Site) -> String {
        match self {
            Self::Repository(name) => format!("https://{}/{name}/settings/hooks/new", site.host),
            Self::Organisation(name) => {
                format!("https://{}/organizations/{name}/settings/hooks/new", site.host)
            }
        }
    }

    /// The scope of a classic token that may see and change it.
    pub fn scope(&self) -> &'static str {
        match self {
            Self::Repository(_) => "admin:repo_hook",
            Self::Organisation(_) => "admin:org_hook",
        }
    }
}

impl fmt::Display for HookOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Repository(name) | Self::Organisation(name) => f.write_str(name),
        }
    }
}

/// A webhook as GitHub has it.
#[derive(Clone, Debug, Deserialize)]
pub struct Hook {
    pub id: i64,
    #[serde(default)]
    active: bool,
    #[serde(default)]
    events: Vec<String>,
    #[serde(default)]
    config: HookConfig,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct HookConfig {
    url: Option<String>,
    content_type: Option<String>,
    /// Stars, if there is one.
    secret: Option<serde::de::IgnoredAny>,
    /// A text of a number, or a number.
    insecure_ssl: Value,
}

/// What a webhook should be, and is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lack {
    Inactive,
    Events(Vec<&'static str>),
    /// Another one than JSON.
    ContentType(String),
    Secret,
    /// The receiver's certificate is not looked at.
    Verification,
    /// The receiver refused the newest delivery for its signature.
    OtherSecret,
    /// The secret is to be another one now.
    FormerSecret,
}

impl Lack {
    /// Whether GitHub shows if it is mended: of a secret it shows stars.
    pub fn is_seen(&self) -> bool {
        match self {
            Self::OtherSecret | Self::FormerSecret => false,
            Self::Inactive | Self::Events(_) | Self::ContentType(_) | Self::Secret | Self::Verification => {
                true
            }
        }
    }
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inactive => f.write_str("it is switched off"),
            Self::Events(missing) => write!(f, "it lacks the events {}", missing.join(", ")),
            Self::ContentType(kind) => write!(f, "it sends {kind}, not JSON"),
            Self::Secret => f.write_str("it has no secret: nothing is signed"),
            Self::Verification => f.write_str("it does not look at the receiver's certificate"),
            Self::OtherSecret => {
                f.write_str("the receiver refuses its signature (401): its secret is another one")
            }
            Self::FormerSecret => f.write_str("its secret is to be replaced"),
        }
    }
}

impl Hook {
    /// What it lacks by itself.
    pub fn lacks(&self) -> Vec<Lack> {
        let mut lacks = Vec::new();
        lacks.extend((!self.active).then_some(Lack::Inactive));
        let has = |name: &str| self.events.iter().any(|event| event == name || event == ALL);
        let missing: Vec<&str> = EVENTS.iter().map(|(name, _)| *name).filter(|name| !has(name)).collect();
        lacks.extend((!missing.is_empty()).then_some(Lack::Events(missing)));
        let kind = self.config.content_type.as_deref().unwrap_or("form");
        lacks.extend((kind != JSON).then(|| Lack::ContentType(clean(kind))));
        lacks.extend(self.config.secret.is_none().then_some(Lack::Secret));
        let insecure = &self.config.insecure_ssl;
        let is_verified =
            insecure.is_null() || insecure.as_str() == Some("0") || insecure.as_i64() == Some(0);
        lacks.extend((!is_verified).then_some(Lack::Verification));
        lacks
    }

    /// Its own events and ours: what others want of it stays.
    fn all_events(&self) -> Vec<&str> {
        let theirs = self.events.iter().map(String::as_str);
        if self.events.iter().any(|event| event == ALL) {
            return theirs.collect();
        }
        let ours = EVENTS.iter().map(|(name, _)| *name);
        theirs.chain(ours.filter(|name| self.events.iter().all(|event| event != name))).collect()
    }

    fn leads_to(&self, url: &Url) -> bool {
        let there = self.config.url.as_deref().and_then(|text| Url::parse(text).ok());
        let plain = |url: &Url| url.as_str().trim_end_matches('/').to_owned();
        there.is_some_and(|there| plain(&there) == plain(url))
    }
}

/// The webhooks of one owner.
#[derive(Debug)]
pub struct Hooks<'a> {
    client: &'a Client,
    writer: Writer,
    /// For messages.
    what: String,
    /// The address of their list, behind redirects.
    base: Url,
}

impl<'a> Hooks<'a> {
    /// Opens the list, and finds the webhooks that lead to this receiver.
    ///
    /// # Errors
    /// It cannot be read.
    pub async fn find(
        client: &'a Client,
        writer: Writer,
        owner: &HookOwner,
        url: &Url,
    ) -> Result<(Self, Vec<Hook>), Error> {
        let what = format!("the webhooks of {owner}");
        let base = client.address(&owner.path())?;
        let mut hooks = Self { client, writer, what, base };
        let found = hooks.leading_to(url).await?;
        Ok((hooks, found))
    }

    /// The webhooks that lead to this receiver, as they are now.
    ///
    /// # Errors
    /// The list cannot be read.
    pub async fn leading_to(&mut self, url: &Url) -> Result<Vec<Hook>, Error> {
        let mut next = Some(self.paged(&[]));
        let mut found = Vec::new();
        while let Some(address) = next {
            let page = self.client.page::<Vec<Hook>>(&address, &self.what).await?;
            found.extend(page.content.into_iter().filter(|hook| hook.leads_to(url)));
            if let Some(mut moved) = page.moved {
                // What changes something follows no redirect.
                moved.set_query(None);
                self.base = moved;
            }
            next = page.next;
        }
        Ok(found)
    }

    /// Makes the webhook.
    pub async fn make(&self, url: &Url, secret: &str) -> Written {
        let events: Vec<&str> = EVENTS.iter().map(|(name, _)| *name).collect();
        let body = json!({"name": "web", "active": true, "events": events, "config": config(url, secret)});
        self.writer.rest(Verb::Post, self.base.as_str(), Some(&body)).await
    }

    /// Makes a webhook what it should be. GitHub takes the secret away from one that is changed without it.
    pub async fn mend(&self, hook: &Hook, url: &Url, secret: &str) -> Written {
        let body = json!({"active": true, "events": hook.all_events(), "config": config(url, secret)});
        let url = self.at(&[&hook.id.to_string()]);
        self.writer.rest(Verb::Patch, url.as_str(), Some(&body)).await
    }

    /// Has a delivery sent again.
    pub async fn redeliver(&self, hook: &Hook, delivery: &Delivery) -> Written {
        let (hook, delivery) = (hook.id.to_string(), delivery.id.to_string());
        let url = self.at(&[&hook, "deliveries", &delivery, "attempts"]);
        self.writer.rest(Verb::Post, url.as_str(), None).await
    }

    fn paged(&self, below: &[&str]) -> Url {
        let mut url = self.at(below);
        url.set_query(Some("per_page=100"));
        url
    }

    fn at(&self, below: &[&str]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.extend(below);
        }
        url
    }
}

fn config(url: &Url, secret: &str) -> Value {
    json!({"url": url.as_str(), "content_type": JSON, "insecure_ssl": "0", "secret": secret})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hook(told: Value) -> Hook {
        serde_json::from_value(told).expect("a webhook")
    }

    #[test]
    fn what_is_lacking_is_named() {
        let all: Vec<&str> = EVENTS.iter().map(|(name, _)| *name).collect();
        let right = json!({"id": 1, "active": true, "events": all, "config":
            {"url": "https://a.test/", "content_type": "json", "secret": "********", "insecure_ssl": "0"}});
        assert_eq!(hook(right.clone()).lacks(), []);
        let changed = |change: &dyn Fn(&mut Value)| {
            let mut told = right.clone();
            change(&mut told);
            hook(told).lacks()
        };
        assert_eq!(changed(&|told| told["events"] = json!(["*"])), []);
        assert_eq!(changed(&|told| told["config"]["insecure_ssl"] = json!(0)), []);
        assert_eq!(changed(&|told| told["active"] = json!(false)), [Lack::Inactive]);
        assert_eq!(changed(&|told| told["config"]["insecure_ssl"] = json!("1")), [Lack::Verification]);
        assert_eq!(changed(&|told| told["config"]["secret"] = Value::Null), [Lack::Secret]);
        let form = Lack::ContentType("form".to_owned());
        assert_eq!(changed(&|told| told["config"]["content_type"] = json!("form")), [form]);
        let missing = changed(&|told| told["events"] = json!(["push", "star", "status"]));
        assert_eq!(missing[0].to_string().matches(", ").count(), 7, "{missing:?}");
        // Nothing but an id is certain.
        assert_eq!(hook(json!({"id": 1})).lacks().len(), 4);
    }

    #[test]
    fn what_others_want_of_it_stays() {
        let events = |told: Value| hook(json!({"id": 1, "events": told})).all_events().join(" ");
        assert_eq!(events(json!(["*"])), "*");
        let mended = events(json!(["star", "push"]));
        assert!(mended.starts_with("star push check_run") && mended.matches("push").count() == 1, "{mended}");
    }

    #[test]
    fn an_address_is_the_same_with_and_without_its_last_slash() {
        let leads = |there: &str| {
            let url = Url::parse("https://a.test/webhook").expect("a URL");
            hook(json!({"id": 1, "config": {"url": there}})).leads_to(&url)
        };
        assert!(leads("https://a.test/webhook/") && leads("HTTPS://A.test:443/webhook"));
        assert!(!leads("https://a.test/") && !leads("https://a.test/webhook?x=1") && !leads("none"));
    }
}
