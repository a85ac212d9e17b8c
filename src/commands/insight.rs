//! `flowlens insight`: assesses one pull request and prints what was found. Nothing is stored.

use std::{
    fs,
    io::{self, Read as _, Write},
    path::Path,
};

use serde_json::{Value, json};

use super::{Failure, database::Chosen, llm};
use crate::{
    cli::{InsightArgs, InsightTarget},
    config::Config,
    domain::{
        assessment::Findings,
        encoding,
        ids::PrNumber,
        insight::Risk,
        text::{clean, fit, width, wrap},
    },
    exit::ExitCode,
    insight::{
        change::Change,
        llm::told,
        prompt::{Prompt, PromptInput},
        risk::{
            Assessment, assess,
            weights::{Transform, WEIGHTS},
        },
        words::{Words, words},
    },
    store::insights::InsightStore,
};

/// Columns of running text.
const COLUMNS: usize = 100;
/// Columns that the first column of a list may take; what is longer is cut.
const WIDEST: usize = 72;

/// Assesses the change in a file, or on standard input (`-`): no database is needed.
///
/// # Errors
/// It cannot be read, or holds no pull request.
pub fn run_file(path: &Path, args: &InsightArgs, out: &mut impl Write) -> Result<ExitCode, Failure> {
    let (change, _) = read(path, args)?;
    let assessment = assess(&change);
    let words = words(&change, &assessment);
    print(None, &change, &assessment, &words, args, out)
}

/// The same with the LLM's words, or (`--dry-run`) what would be sent for them.
///
/// # Errors
/// Those of [`run_file`], or no LLM is configured. That the LLM fails is none: the built-in words stay. The file is
/// read at once: to read standard input may take for ever, and no signal would be heard meanwhile.
pub fn run_file_llm(
    path: &Path,
    args: &InsightArgs,
    config: &Config,
    out: &mut impl Write,
) -> Result<impl Future<Output = Result<ExitCode, Failure>>, Failure> {
    let (change, text) = read(path, args)?;
    Ok(
        async move { assessed(None, &change, &llm::Source::of(&text).input(&change), args, config, out).await },
    )
}

/// Assesses a change, with whosever words are wanted, or shows what would be sent for them.
async fn assessed(
    name: Option<&str>,
    change: &Change,
    input: &PromptInput<'_>,
    args: &InsightArgs,
    config: &Config,
    out: &mut impl Write,
) -> Result<ExitCode, Failure> {
    let llm = if args.llm && !args.dry_run { Some(llm::required(config)?) } else { None };
    let mut assessment = assess(change);
    if args.dry_run {
        let prompt = Prompt::new(input, &assessment, config.insights.context_tokens);
        llm::print(&prompt, config, out)?;
        return Ok(ExitCode::Success);
    }
    let words = words(change, &assessment);
    let (words, details) = told(llm.as_ref(), input, assessment.clone(), words).await;
    assessment.details = details;
    print(name, change, &assessment, &words, args, out)
}

/// Assesses a pull request of the database.
///
/// # Errors
/// The database cannot be read, or has no such pull request; or an LLM is wanted and none is configured.
pub async fn run_stored(
    args: &InsightArgs,
    config: &Config,
    chosen: &Chosen,
    out: &mut impl Write,
) -> Result<ExitCode, Failure> {
    let Some(InsightTarget::Stored(full_name, number)) = &args.target else {
        return Err(Failure::Usage("name a pull request, such as acme/api#421".to_owned()));
    };
    if args.title.is_some() {
        return Err(Failure::Usage(
            "--title is for a file; the database has the title of this one".to_owned(),
        ));
    }
    let mut queue = InsightStore::new(chosen.database.clone());
    let key = queue.find(full_name, PrNumber::new(*number)).await?;
    let pull = match key {
        Some(key) => queue.pull(key).await?,
        None => None,
    };
    let Some(pull) = pull else {
        let message = format!("{full_name}#{number} is not in {}", chosen.database.label());
        return Err(Failure::Usage(message));
    };
    let name = clean(&format!("{}{}", pull.full_name, pull.number));
    assessed(Some(&name), &Change::from(&pull), &PromptInput::from(&pull), args, config, out).await
}

/// The change in a file, and the file's text.
fn read(path: &Path, args: &InsightArgs) -> Result<(Change, String), Failure> {
    let (name, bytes) = if path.as_os_str() == "-" {
        let mut bytes = Vec::new();
        ("standard input".to_owned(), io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes))
    } else {
        (path.display().to_string(), fs::read(path))
    };
    let usage = |why: &dyn std::fmt::Display| Failure::Usage(format!("{name}: {why}"));
    let bytes = bytes.map_err(|error| usage(&error))?;
    let text = encoding::text(bytes).map_err(|error| usage(&error))?;
    let text = encoding::paired(&text).into_owned();
    let mut change = Change::from_json(&text).map_err(|error| usage(&error))?;
    if let Some(title) = args.title.as_ref().filter(|_| change.title.trim().is_empty()) {
        change.title.clone_from(title);
    }
    Ok((change, text))
}

/// Prints what the model says of a change.
fn print(
    name: Option<&str>,
    change: &Change,
    assessment: &Assessment,
    words: &Words,
    args: &InsightArgs,
    out: &mut impl Write,
) -> Result<ExitCode, Failure> {
    if args.json {
        let text = document(name, change, assessment, words);
        writeln!(out, "{text:#}")?;
    } else {
        report(name, change, assessment, words, out)?;
        if args.explain {
            explain(assessment, out)?;
        }
    }
    Ok(ExitCode::Success)
}

fn document(name: Option<&str>, change: &Change, assessment: &Assessment, words: &Words) -> Value {
    let text = |text: &Option<String>| text.as_deref().map(clean);
    json!({
        "schema_version": 1,
        "pull_request": name,
        "title": clean(&change.title),
        "author": text(&change.author),
        "branch": text(&change.branch),
        "head_sha": text(&change.head),
        "risk": assessment.level.as_ref().map(Risk::word),
        "score": assessment.score,
        "summary": words.summary,
        "recommendation": words.recommendation,
        "details": assessment.details,
    })
}

fn report(
    name: Option<&str>,
    change: &Change,
    assessment: &Assessment,
    words: &Words,
    out: &mut impl Write,
) -> io::Result<()> {
    let details = &assessment.details;
    let head: Vec<String> = name
        .map(str::to_owned)
        .into_iter()
        .chain(Some(clean(&change.title)).filter(|t| !t.is_empty()))
        .collect();
    if !head.is_empty() {
        writeln!(out, "{}", head.join("  "))?;
    }
    writeln!(out, "{}", level_line(assessment))?;
    if let Some(partial) = &details.partial {
        writeln!(out, "INCOMPLETE: {partial}")?;
    }
    for line in wrap(&words.summary, COLUMNS, usize::MAX) {
        writeln!(out, "{line}")?;
    }
    section(out, "What to do")?;
    for line in wrap(&words.recommendation, COLUMNS - 2, usize::MAX) {
        writeln!(out, "  {line}")?;
    }
    attention(details, out)?;
    focus(details, out)?;
    reasons(details, out)?;
    closing(details, out)
}

fn attention(details: &Findings, out: &mut impl Write) -> io::Result<()> {
    if !details.attention.is_empty() {
        section(out, "Needs attention")?;
    }
    let texts: Vec<String> =
        details.attention.iter().map(|entry| format!("{}: {}", entry.level, entry.text)).collect();
    let wide = widest(texts.iter());
    for (entry, text) in details.attention.iter().zip(&texts) {
        match &entry.file {
            Some(file) => writeln!(out, "  {}  {}", fit(text, wide), place(file, entry.line))?,
            None => writeln!(out, "  {text}")?,
        }
    }
    Ok(())
}

fn focus(details: &Findings, out: &mut impl Write) -> io::Result<()> {
    if !details.focus_files.is_empty() {
        section(out, "Read first")?;
    }
    let places: Vec<String> =
        details.focus_files.iter().map(|entry| place(&entry.file, entry.line)).collect();
    let wide = widest(places.iter());
    for ((n, entry), place) in (1..).zip(&details.focus_files).zip(&places) {
        writeln!(out, "  {n} {}  {}", fit(place, wide), entry.why)?;
    }
    Ok(())
}

fn reasons(details: &Findings, out: &mut impl Write) -> io::Result<()> {
    if !details.reasons.is_empty() {
        section(out, "What moves the probability (log-odds beside an average change)")?;
    }
    for reason in &details.reasons {
        writeln!(out, "  {:<10} {:>+6.2}  {}", reason.group, reason.contribution, reason.text)?;
    }
    Ok(())
}

/// The effort of a review, and who wrote the words.
fn closing(details: &Findings, out: &mut impl Write) -> io::Result<()> {
    let tests = |yes: bool| if yes { "tests changed" } else { "no test changed" }.to_owned();
    let effort = details.effort.map(|effort| format!("review effort {effort} of 5"));
    let parts = [effort, details.tests_touched.map(tests), details.split.clone()];
    let line = parts.into_iter().flatten().collect::<Vec<_>>().join("; ");
    if !line.is_empty() {
        writeln!(out)?;
    }
    for line in wrap(&line, COLUMNS, usize::MAX) {
        writeln!(out, "{line}")?;
    }
    for line in details.note.iter().cloned().chain(details.llm.as_ref().map(llm::credit)) {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

/// `HIGH: 62 % likely to need a later fix`.
fn level_line(assessment: &Assessment) -> String {
    let level = assessment.level.as_ref().map_or("UNKNOWN".to_owned(), |level| level.word().to_uppercase());
    let Some(score) = assessment.score else { return format!("{level}: no probability") };
    let by_score = WEIGHTS.level(score);
    let raised = match &assessment.level {
        Some(level) if *level != by_score => format!("; raised from {by_score} by what needs attention"),
        Some(_) | None => String::new(),
    };
    format!("{level}: {:.0} % likely to need a later fix{raised}", 100.0 * score)
}

fn section(out: &mut impl Write, title: &str) -> io::Result<()> {
    writeln!(out, "\n{title}")
}

fn place(file: &str, line: Option<u32>) -> String {
    line.map_or_else(|| file.to_owned(), |line| format!("{file}:{line}"))
}

/// Columns of the widest of these, but within limits.
fn widest<'a>(texts: impl Iterator<Item = &'a String>) -> usize {
    texts.map(|text| width(text)).max().unwrap_or_default().min(WIDEST)
}

/// Every term: what it is, its number, and what that adds.
fn explain(assessment: &Assessment, out: &mut impl Write) -> io::Result<()> {
    let weights = &*WEIGHTS;
    section(
        out,
        &format!("The model {}: log-odds = intercept + sum of coefficient x transformed number", weights.id),
    )?;
    writeln!(
        out,
        "  {:<38} {:>8} {:>9} {:>12} {:>9} {:>8}",
        "", "number", "transform", "coefficient", "adds", "average"
    )?;
    writeln!(out, "  {:<38} {:>8} {:>9} {:>12} {:>+9.3}", "intercept", "", "", "", weights.intercept)?;
    for term in &weights.terms {
        let transform = match term.transform {
            Transform::Log => "ln(1+x)",
            Transform::Identity => "x",
        };
        let number = format!("{:.3}", term.value(&assessment.features));
        let number = number.trim_end_matches('0').trim_end_matches('.');
        writeln!(
            out,
            "  {:<38} {number:>8} {transform:>9} {:>+12.4} {:>+9.3} {:>+8.3}",
            term.number.words(),
            term.coef,
            term.product(&assessment.features) + 0.0,
            term.coef * term.dev_mean,
        )?;
    }
    match assessment.score {
        Some(score) => writeln!(
            out,
            "  sum {:+.3}, probability 1/(1+e^-sum) = {score:.4}: low below {}, high from {}",
            (score / (1.0 - score)).ln(),
            weights.p_low_below,
            weights.p_high_from
        ),
        None => {
            writeln!(out, "  no probability: {}", assessment.details.unknown.as_deref().unwrap_or_default())
        }
    }
}
