//! `flowlens risk`: how good the risk model is, on labelled changes of one's own.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Cursor, Read as _, Write},
    path::Path,
};

use lzma_rust2::XzReader;

use super::Failure;
use crate::{
    cli::EvaluateArgs,
    domain::{
        encoding,
        text::{clean, fit, width},
    },
    exit::ExitCode,
    insight::risk::{
        evaluate::{Evaluation, Evaluator, Figures, Row},
        weights::WEIGHTS,
    },
};

/// The first bytes of an xz file.
const XZ: [u8; 6] = [0xfd, b'7', b'z', b'X', b'Z', 0];

/// Holds the model against labelled changes and prints the figures.
///
/// # Errors
/// The file cannot be read, or a line of it is no labelled change.
pub fn evaluate(args: &EvaluateArgs, out: &mut impl Write) -> Result<ExitCode, Failure> {
    let usage = |why: &dyn std::fmt::Display| Failure::Usage(format!("{}: {why}", args.file.display()));
    let mut evaluator = Evaluator::new(&WEIGHTS);
    let mut rows = 0;
    for (n, line) in (1..).zip(open(&args.file).map_err(|error| usage(&error))?.lines()) {
        let line = line.map_err(|error| usage(&format!("line {n}: {error}")))?;
        let line = line.strip_prefix('\u{feff}').unwrap_or(&line);
        if !line.trim().is_empty() {
            evaluator
                .take(Row::parse(&encoding::paired(line)).map_err(|why| usage(&format!("line {n}: {why}")))?);
            rows += 1;
        }
    }
    if rows == 0 {
        return Err(usage(&"it holds no labelled change"));
    }
    let evaluation = evaluator.evaluation();
    if args.json {
        let text = serde_json::to_string_pretty(&evaluation).map_err(io::Error::from)?;
        writeln!(out, "{text}")?;
    } else {
        table(&evaluation, out)?;
    }
    Ok(ExitCode::Success)
}

/// Lines of a file, unpacked if it is an xz file, whatever its name; in UTF-8, whatever it is written in.
fn open(path: &Path) -> io::Result<Box<dyn BufRead>> {
    let mut file = BufReader::new(File::open(path)?);
    let packed = file.fill_buf()?.starts_with(&XZ);
    let mut lines: Box<dyn BufRead> =
        if packed { Box::new(BufReader::new(XzReader::new(file, true))) } else { Box::new(file) };
    if !encoding::is_utf16(lines.fill_buf()?) {
        return Ok(lines);
    }
    let mut bytes = Vec::new();
    lines.read_to_end(&mut bytes)?;
    let text = encoding::text(bytes).map_err(io::Error::other)?;
    Ok(Box::new(Cursor::new(text)))
}

fn table(evaluation: &Evaluation, out: &mut impl Write) -> io::Result<()> {
    let name = |name: &str| clean(name);
    let wide = evaluation.projects.keys().map(|project| width(&name(project))).chain([4]).max().unwrap_or(4);
    writeln!(
        out,
        "{}  {:>6}  {:>5}  {:>6}  {:>7}  {:>5}  {:>5}  {:>17}  {:>17}",
        fit("", wide),
        "n",
        "AUC",
        "source",
        "matched",
        "lines",
        "ECE",
        "fixed l/m/h %",
        "share l/m/h %"
    )?;
    for (project, figures) in &evaluation.projects {
        line(out, &fit(&name(project), wide), figures)?;
    }
    line(out, &fit("mean", wide), &evaluation.mean)?;
    writeln!(
        out,
        "\nmodel {}: AUC over all changes, over those that touch source, and among those within deciles of\n\
         source lines (size alone: 0.5); lines: AUC of the lines added alone; ECE: calibration error",
        evaluation.model
    )
}

fn line(out: &mut impl Write, name: &str, figures: &Figures) -> io::Result<()> {
    let number = |x: Option<f64>| x.map_or_else(|| "-".to_owned(), |x| format!("{x:.3}"));
    let percent = |x: Option<f64>| x.map_or_else(|| "-".to_owned(), |x| format!("{:.0}", 100.0 * x));
    let by = |by: &crate::insight::risk::evaluate::ByLevel| {
        format!("{} / {} / {}", percent(by.low), percent(by.medium), percent(by.high))
    };
    writeln!(
        out,
        "{name}  {:>6}  {:>5}  {:>6}  {:>7}  {:>5}  {:>5}  {:>17}  {:>17}",
        figures.n,
        number(figures.auc),
        number(figures.auc_source),
        number(figures.auc_size_matched),
        number(figures.auc_la),
        number(figures.ece),
        by(&figures.rate),
        by(&figures.share)
    )
}
