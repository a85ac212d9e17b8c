//! The optional LLM: any service with an OpenAI-compatible chat endpoint. It writes summary and recommendation; level,
//! probability, reasons and attention stay the risk model's, and where it fails, the built-in words stay, too.

mod error;
mod transport;
mod wire;

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use tokio::{
    sync::Semaphore,
    time::{Instant, timeout_at},
};

pub use self::error::LlmError;
use self::{
    transport::Transport,
    wire::{Answer, Format, Message, Role},
};
use super::{
    prompt::{Prompt, PromptInput, reply_tokens},
    reply::{Invalid, Reply},
    risk::Assessment,
    words::Words,
};
use crate::domain::{
    assessment::{Findings, LlmPart},
    duration,
    proxy::Proxy,
    secret::Secret,
    text::{clean, truncate},
};

/// Columns of a model's name.
const MODEL: usize = 80;
/// Bytes of an unusable reply that are sent back with what is wrong.
const REPEATED: usize = 4_000;

/// Which service, and how it is asked.
#[derive(Clone, Debug)]
pub struct LlmOptions {
    /// The part of the URL before `/chat/completions`, without a login.
    pub url: String,
    /// The model, as the service calls it.
    pub model: String,
    /// The key, if the service wants one.
    pub key: Option<Secret>,
    /// The proxy for `https://`.
    pub proxy: Option<Proxy>,
    /// How long it may take altogether: retries, pauses and the repair of a reply included.
    pub timeout: Duration,
    /// Tokens of prompt and reply together.
    pub context_tokens: u32,
    /// Requests at the same time.
    pub concurrency: usize,
    /// US dollars for a million tokens of prompt and of reply, if they are to be counted.
    pub prices: Option<(f64, f64)>,
}

/// A client of the service. Nothing is sent before [`Llm::write`].
#[derive(Debug)]
pub struct Llm {
    transport: Transport,
    model: String,
    timeout: Duration,
    context_tokens: u32,
    prices: Option<(f64, f64)>,
    permits: Semaphore,
    /// Index of the strictest form that the service has not refused.
    format: AtomicUsize,
}

/// What an LLM wrote. Cleaned, and cut to size.
#[derive(Clone, Debug, PartialEq)]
pub struct LlmWords {
    /// One line: what the change does.
    pub summary: String,
    pub recommendation: String,
    /// Who wrote it, at what cost, and with which opinion of the level.
    pub part: LlmPart,
}

impl Llm {
    /// Prepares a client; connects to nothing.
    ///
    /// # Errors
    /// [`LlmError::Options`]: URL or key are impossible.
    pub fn new(options: LlmOptions) -> Result<Self, LlmError> {
        Ok(Self {
            transport: Transport::new(&options.url, options.key, options.proxy.as_ref())?,
            model: options.model,
            timeout: options.timeout,
            context_tokens: options.context_tokens,
            prices: options.prices,
            permits: Semaphore::new(options.concurrency.clamp(1, Semaphore::MAX_PERMITS)),
            format: AtomicUsize::new(0),
        })
    }

    /// Has the words for an assessed pull request written. Its time begins when it is its turn
    /// ([`LlmOptions::concurrency`]).
    ///
    /// # Errors
    /// Why there are none.
    pub async fn write(
        &self,
        input: &PromptInput<'_>,
        assessment: &Assessment,
    ) -> Result<LlmWords, LlmError> {
        // An error would mean that the semaphore is closed, which nobody does.
        let _permit = self.permits.acquire().await.ok();
        let prompt = Prompt::new(input, assessment, self.context_tokens);
        let deadline = Instant::now() + self.timeout;
        let talk = timeout_at(deadline, self.talk(prompt, deadline)).await;
        let (reply, answer, tokens) =
            talk.unwrap_or_else(|_| Err(LlmError::TimedOut(duration::format(self.timeout))))?;
        let model = truncate(clean(answer.model().unwrap_or(&self.model)).trim(), MODEL).into_owned();
        if [&reply.summary, &reply.recommendation, &model].iter().any(|text| self.transport.gives_away(text))
        {
            return Err(LlmError::Malformed("it repeats the key".to_owned()));
        }
        let opinion = (assessment.level.as_ref() != Some(&reply.risk)).then(|| reply.risk.word().to_owned());
        let part = LlmPart { model, opinion, tokens, cost: self.cost(tokens) };
        Ok(LlmWords { summary: reply.summary, recommendation: reply.recommendation, part })
    }

    /// Asks, and once more where the reply cannot be used.
    async fn talk(
        &self,
        prompt: Prompt,
        deadline: Instant,
    ) -> Result<(Reply, Answer, Option<(u64, u64)>), LlmError> {
        let message = |role, content| Message { role, content };
        let mut messages = vec![message(Role::System, prompt.system), message(Role::User, prompt.user)];
        let first = self.ask(&messages, deadline).await?;
        let why = match Reply::parse(first.content()) {
            Ok(reply) => {
                let tokens = first.tokens();
                return Ok((reply, first, tokens));
            }
            Err(why) => why,
        };
        tracing::debug!("the LLM gave no usable answer, and is told so: {why}");
        if why != Invalid::Empty {
            let said = first.content();
            let said = said.get(..said.floor_char_boundary(REPEATED)).unwrap_or_default();
            messages.push(message(Role::Assistant, said.to_owned()));
        }
        messages.push(message(
            Role::User,
            format!("Your answer cannot be used: {why}. Answer with the JSON object alone."),
        ));
        let second = self.ask(&messages, deadline).await?;
        let reply = Reply::parse(second.content())?;
        let tokens = match (first.tokens(), second.tokens()) {
            (Some(one), Some(other)) => Some((one.0.saturating_add(other.0), one.1.saturating_add(other.1))),
            (one, other) => one.or(other),
        };
        Ok((reply, second, tokens))
    }

    /// Sends the messages, and asks for the form of the reply as strictly as the service knows.
    async fn ask(&self, messages: &[Message], deadline: Instant) -> Result<Answer, LlmError> {
        let malformed = |error: serde_json::Error| LlmError::Malformed(error.to_string());
        let mut index = self.format.load(Ordering::Relaxed);
        loop {
            let format = Format::ALL.get(index).copied().unwrap_or(Format::Free);
            let body = wire::request(&self.model, messages, format, reply_tokens(self.context_tokens))
                .map_err(malformed)?;
            match self.transport.post(&body, deadline).await {
                Err(LlmError::Refused { status: 400 | 422, .. }) if format != Format::Free => index += 1,
                Err(error) => return Err(error),
                Ok(body) => {
                    self.format.store(index, Ordering::Relaxed);
                    return Answer::parse(&body).map_err(malformed);
                }
            }
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of tokens")]
    fn cost(&self, tokens: Option<(u64, u64)>) -> Option<f64> {
        let ((read, written), (price_in, price_out)) = tokens.zip(self.prices)?;
        Some((read as f64 * price_in + written as f64 * price_out) / 1e6)
    }
}

/// The words for an assessment: the LLM's, if there is one and it writes any, else the built-in `words`. Everything
/// else in the details is the risk model's, whatever the LLM says.
pub async fn told(
    llm: Option<&Llm>,
    input: &PromptInput<'_>,
    assessment: Assessment,
    words: Words,
) -> (Words, Findings) {
    // There is nothing that words could be about.
    let written = match llm.filter(|_| assessment.score.is_some()) {
        Some(llm) => llm.write(input, &assessment).await,
        None => return (words, assessment.details),
    };
    let mut details = assessment.details;
    match written {
        Ok(LlmWords { summary, recommendation, part }) => {
            "llm".clone_into(&mut details.source);
            details.llm = Some(part);
            (Words { summary, recommendation }, details)
        }
        Err(error) => {
            let note = format!("the LLM {error}");
            tracing::warn!("{note}");
            details.note = Some(note);
            (words, details)
        }
    }
}
