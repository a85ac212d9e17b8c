//! `[insights]` and `[insights.llm]`: who makes insights, and who writes their words.

use std::path::Path;
use std::time::Duration;

use url::Url;

use super::resolve::Resolver;
use super::{Env, Origin, Paths, Secret, Worker, key};
use crate::{
    domain::{proxy::Proxy, web::is_here},
    private,
};

/// The variable that holds the key.
const KEY: &str = "FLOWLENS_LLM_KEY";
/// Bytes of its file.
const LARGEST_KEY: u64 = 64 * 1024;

/// The `[insights]` section.
#[derive(Clone, Debug)]
pub struct Insights {
    /// Whether this process makes those that were asked for.
    pub worker: Worker,
    /// How long a worker has for one before another may take it.
    pub lease: Duration,
    /// Tokens of prompt and reply together, whichever LLM is asked.
    pub context_tokens: u32,
    /// The LLM, if one is configured: nothing is ever sent unless URL and model are set.
    pub llm: Option<LlmSettings>,
    /// Where the key of the LLM comes from, if there is one.
    pub key_origin: Option<Origin>,
}

/// The `[insights.llm]` section, with its key.
#[derive(Clone, Debug)]
pub struct LlmSettings {
    /// The part of the URL before `/chat/completions`, without a login.
    pub url: String,
    /// The model, as the service calls it.
    pub model: String,
    /// The key, if the service wants one.
    pub key: Option<Secret>,
    /// The proxy for `https://`, as the environment names it.
    pub proxy: Option<Proxy>,
    /// How long it may take altogether.
    pub timeout: Duration,
    /// Requests at the same time.
    pub concurrency: u32,
    /// US dollars for a million tokens of prompt and of reply, if one of them is set.
    pub prices: Option<(f64, f64)>,
}

impl Insights {
    /// Reads both sections, and the key from the environment or its file.
    pub(super) fn read(
        r: &mut Resolver<'_>,
        paths: &Paths,
        warnings: &mut Vec<String>,
        env: Env<'_>,
    ) -> Self {
        let worker = r.get(&key::WORKER, None).0;
        let lease = r.get(&key::LEASE, None).0;
        let (url, url_origin) = r.get(&key::LLM_URL, None);
        let model = r.get(&key::LLM_MODEL, None).0;
        let key = key(r, paths, env);
        let allow_http = r.get(&key::LLM_ALLOW_HTTP, None).0;
        let timeout = r.get(&key::LLM_TIMEOUT, None).0;
        let context_tokens = r.get(&key::LLM_CONTEXT_TOKENS, None).0;
        let concurrency = r.get(&key::LLM_CONCURRENCY, None).0;
        let prices = (r.get(&key::LLM_PRICE_IN, None).0, r.get(&key::LLM_PRICE_OUT, None).0);

        if key.is_some() && !allow_http && goes_in_the_open(&url) {
            r.reject(
                &url_origin,
                "[insights.llm] url: over http:// the key would cross the network in the open; use https://, or set \
                 allow_http = true"
                    .to_owned(),
            );
        }
        if url.is_empty() != model.is_empty() {
            let (set, missing) = if url.is_empty() { ("model", "url") } else { ("url", "model") };
            warnings.push(format!("[insights.llm] has a {set} but no {missing}: no LLM is asked"));
        }
        let (key, key_origin) = key.unzip();
        let prices = Some(prices).filter(|prices| *prices != (0.0, 0.0));
        let settings =
            LlmSettings { url, model, key, proxy: Proxy::from_variables(env), timeout, concurrency, prices };
        let llm = Some(settings).filter(|llm| !llm.url.is_empty() && !llm.model.is_empty());
        Self { worker, lease, context_tokens, llm, key_origin }
    }
}

/// The key: the variable's, or the content of the file that is named. In the config file it is refused.
fn key(r: &mut Resolver<'_>, paths: &Paths, env: Env<'_>) -> Option<(Secret, Origin)> {
    if let Some((_, origin)) = r.take(key::LLM_KEY_FILE.section, "key") {
        r.reject(
            &origin,
            format!(
                "[insights.llm] key: a key does not belong in this file; put it into a file that only you can read \
                 (chmod 600) and name that as key_file, or into {KEY}"
            ),
        );
    }
    let (file, origin) = r.get(&key::LLM_KEY_FILE, None);
    if let Some(key) = env(KEY).filter(|key| !key.trim().is_empty()) {
        return Some((Secret::new(key.trim()), Origin::Env(KEY)));
    }
    let file = paths.expanded(&file?);
    match read(&file) {
        Ok(key) => Some((key, origin)),
        Err(why) => {
            r.reject(&origin, format!("[insights.llm] key_file {}: {why}", paths.shown(&file)));
            None
        }
    }
}

/// The secret that a file holds, and nothing else.
pub(super) fn read(file: &Path) -> Result<Secret, String> {
    let bytes = private::read_secret(file, LARGEST_KEY).map_err(|error| error.to_string())?;
    let text = String::from_utf8(bytes).map_err(|_not_utf8| "it is not UTF-8".to_owned())?;
    match text.trim() {
        "" => Err("it is empty".to_owned()),
        key if key.lines().count() > 1 => Err("it holds more than one line".to_owned()),
        key => Ok(Secret::new(key)),
    }
}

/// Whether what is sent there can be read on the way.
fn goes_in_the_open(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| url.scheme() == "http" && !is_here(&url))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_not_in_the_open() {
        for url in
            ["http://localhost:11434/v1", "http://127.0.0.2/v1", "http://[::1]:8080/v1", "https://a.org/v1"]
        {
            assert!(!goes_in_the_open(url), "{url}");
        }
        for url in ["http://a.org/v1", "http://10.0.0.1/v1", "HTTP://localhost.a.org/", "http://[::2]/"] {
            assert!(goes_in_the_open(url), "{url}");
        }
    }
}
