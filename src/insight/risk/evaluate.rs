//! How well the probability tells changes that were fixed later from others, on labelled ones: one JSON object a line.
//!
//! A row: `p` project, `y` label (1: a later fix blamed a line of this change), `title`, `nf` number of files, `files` =
//! `[[path, first letter of the status, lines added, lines removed], …]`, and `x` = counts over the patches of source
//! files: hunks, new files, extensions, then of added lines code, branches, concurrency, errors, dangerous calls, SQL,
//! to-dos, calls, comments, public signatures, then of removed ones code, branches, public signatures.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{features::Features, weights::Weights};
use crate::{
    domain::insight::Risk,
    insight::digest::{
        file::{FileDigest, Status},
        patch::{PatchCounts, PatchDigest},
        path::Kind,
    },
};

/// A labelled change, as a line of the file holds it.
#[derive(Clone, Debug, Deserialize)]
pub struct Row {
    #[serde(rename = "p")]
    project: String,
    #[serde(rename = "y")]
    label: u8,
    title: Option<String>,
    nf: u64,
    files: Vec<(String, String, u64, u64)>,
    x: [u32; 16],
}

#[derive(Clone, Debug)]
struct Scored {
    probability: f64,
    was_fixed: bool,
    added: f64,
    source_added: f64,
    touches_source: bool,
}

/// The figures of one project, or their means over all. A figure that a project does not give, because all its labels
/// are alike say, is absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Figures {
    /// Changes.
    pub n: usize,
    /// Area under the ROC curve of the probability: 0.5 is chance, 1 is perfect.
    pub auc: Option<f64>,
    /// The same over the changes that touch source.
    pub auc_source: Option<f64>,
    /// Those, within deciles of the source lines added: what the model knows beyond size.
    pub auc_size_matched: Option<f64>,
    /// Of the lines added alone: what any model has to beat.
    pub auc_la: Option<f64>,
    /// Share of changes that were fixed later, a level.
    pub rate: ByLevel,
    /// Share of all changes, a level.
    pub share: ByLevel,
    /// Expected calibration error: mean distance of probability and rate, over ten bins of equal width.
    pub ece: Option<f64>,
}

/// A figure a level.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ByLevel {
    pub low: Option<f64>,
    pub medium: Option<f64>,
    pub high: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    /// The weights that were held against the labels.
    pub model: String,
    pub projects: BTreeMap<String, Figures>,
    /// Their means, each project alike.
    pub mean: Figures,
}

/// serde's words; the line is one of many, and where in it says little.
fn without_place(error: &serde_json::Error) -> String {
    let words = error.to_string();
    words.split(" at line ").next().unwrap_or_default().to_owned()
}

impl Row {
    /// Reads a line.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(line: &str) -> Result<Self, String> {
        let row: Self = serde_json::from_str(line).map_err(|error| without_place(&error))?;
        if row.label > 1 { Err(format!("y is {}, not 0 or 1", row.label)) } else { Ok(row) }
    }

    fn features(&self) -> Features {
        let file = |(path, status, additions, deletions): &(String, String, u64, u64)| FileDigest {
            path: path.clone(),
            kind: Kind::of(path),
            status: Status::parse(status),
            left: None,
            additions: *additions,
            deletions: *deletions,
            is_odd: false,
            has_patch: false,
            digest: PatchDigest::default(),
        };
        let files: Vec<FileDigest> = self.files.iter().map(file).collect();
        let [
            hunks,
            new,
            extensions,
            code,
            branches,
            concurrency,
            errors,
            dangerous,
            sql,
            todo,
            calls,
            comments,
            ..,
        ] = self.x;
        let [.., public, removed_code, removed_branches, removed_public] = self.x;
        let mut features = Features::of(self.title.as_deref().unwrap_or_default(), &files, Some(self.nf));
        features.source_new = new.into();
        features.source_extensions = extensions.into();
        features.patches = PatchCounts {
            hunks,
            added_code: code,
            branches,
            concurrency,
            errors,
            dangerous,
            sql,
            todo,
            calls,
            comments,
            public,
            removed_code,
            removed_branches,
            removed_public,
            ..PatchCounts::default()
        };
        features
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of lines")]
    fn score(&self, weights: &Weights) -> Scored {
        let features = self.features();
        Scored {
            probability: weights.probability(&features),
            was_fixed: self.label == 1,
            added: features.added as f64,
            source_added: features.source_added as f64,
            touches_source: features.source_files > 0,
        }
    }
}

/// Takes labelled changes in, one after the other.
#[derive(Debug)]
pub struct Evaluator<'w> {
    weights: &'w Weights,
    projects: BTreeMap<String, Vec<Scored>>,
}

impl<'w> Evaluator<'w> {
    /// Nothing was told yet.
    pub fn new(weights: &'w Weights) -> Self {
        Self { weights, projects: BTreeMap::new() }
    }

    pub fn take(&mut self, row: Row) {
        let scored = row.score(self.weights);
        self.projects.entry(row.project).or_default().push(scored);
    }

    pub fn evaluation(self) -> Evaluation {
        let figures = |(name, changes): (String, Vec<Scored>)| (name, figures(&changes, self.weights));
        let projects: BTreeMap<String, Figures> = self.projects.into_iter().map(figures).collect();
        let mean = means(&projects);
        Evaluation { model: self.weights.id.clone(), projects, mean }
    }
}

fn figures(changes: &[Scored], weights: &Weights) -> Figures {
    let source: Vec<Scored> = changes.iter().filter(|change| change.touches_source).cloned().collect();
    let level = |risk: &Risk| -> (usize, usize) {
        let of: Vec<&Scored> = changes.iter().filter(|c| weights.level(c.probability) == *risk).collect();
        (of.len(), of.iter().filter(|change| change.was_fixed).count())
    };
    let by = |figure: &dyn Fn((usize, usize)) -> Option<f64>| ByLevel {
        low: figure(level(&Risk::Low)),
        medium: figure(level(&Risk::Medium)),
        high: figure(level(&Risk::High)),
    };
    Figures {
        n: changes.len(),
        auc: auc(changes, |change| change.probability),
        auc_source: auc(&source, |change| change.probability),
        auc_size_matched: size_matched(&source),
        auc_la: auc(changes, |change| change.added),
        rate: by(&|(all, fixed)| ratio(fixed, all)),
        share: by(&|(all, _)| ratio(all, changes.len())),
        ece: calibration_error(changes),
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts")]
fn ratio(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Area under the ROC curve by ranks, ties at their mean rank (Mann-Whitney U); `None` where all labels are alike.
#[expect(clippy::cast_precision_loss, reason = "counts")]
fn auc(changes: &[Scored], by: impl Fn(&Scored) -> f64) -> Option<f64> {
    let (positive, negative) = labels(changes);
    let mut order: Vec<(f64, bool)> = changes.iter().map(|change| (by(change), change.was_fixed)).collect();
    order.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut rank_sum = 0.0;
    let mut below = 0;
    for tied in order.chunk_by(|one, other| one.0.total_cmp(&other.0).is_eq()) {
        let mean_rank = below as f64 + f64::midpoint(tied.len() as f64, 1.0);
        rank_sum += mean_rank * tied.iter().filter(|(_, was_fixed)| *was_fixed).count() as f64;
        below += tied.len();
    }
    let u = rank_sum - positive as f64 * (positive as f64 + 1.0) / 2.0;
    (positive > 0 && negative > 0).then(|| u / (positive as f64 * negative as f64))
}

fn labels(changes: &[Scored]) -> (usize, usize) {
    let positive = changes.iter().filter(|change| change.was_fixed).count();
    (positive, changes.len() - positive)
}

/// AUC within deciles of the source lines added, weighted by their pairs of a fixed and an unfixed change.
#[expect(clippy::cast_precision_loss, reason = "counts")]
fn size_matched(source: &[Scored]) -> Option<f64> {
    let mut by_size = source.to_vec();
    by_size.sort_by(|one, other| one.source_added.total_cmp(&other.source_added));
    let (mut sum, mut weight) = (0.0, 0.0);
    for decile in 0..10 {
        let bound = |part: usize| (part * by_size.len()).div_ceil(10);
        let Some(part) = by_size.get(bound(decile)..bound(decile + 1)) else { continue };
        let (positive, negative) = labels(part);
        let pairs = positive as f64 * negative as f64;
        sum += auc(part, |change| change.probability).unwrap_or_default() * pairs;
        weight += pairs;
    }
    (weight > 0.0).then(|| sum / weight)
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts, and a probability times ten"
)]
fn calibration_error(changes: &[Scored]) -> Option<f64> {
    let mut bins = [(0.0, 0.0); 10];
    for change in changes {
        let bin = &mut bins[((change.probability * 10.0) as usize).min(9)];
        bin.0 += change.probability;
        bin.1 += f64::from(u8::from(change.was_fixed));
    }
    let distance: f64 = bins.iter().map(|(probability, fixed)| (probability - fixed).abs()).sum();
    (!changes.is_empty()).then(|| distance / changes.len() as f64)
}

fn means(projects: &BTreeMap<String, Figures>) -> Figures {
    #[expect(clippy::cast_precision_loss, reason = "counts")]
    let mean = |figure: &dyn Fn(&Figures) -> Option<f64>| {
        let known: Vec<f64> = projects.values().filter_map(figure).collect();
        (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
    };
    Figures {
        n: projects.values().map(|figures| figures.n).sum(),
        auc: mean(&|f| f.auc),
        auc_source: mean(&|f| f.auc_source),
        auc_size_matched: mean(&|f| f.auc_size_matched),
        auc_la: mean(&|f| f.auc_la),
        rate: ByLevel {
            low: mean(&|f| f.rate.low),
            medium: mean(&|f| f.rate.medium),
            high: mean(&|f| f.rate.high),
        },
        share: ByLevel {
            low: mean(&|f| f.share.low),
            medium: mean(&|f| f.share.medium),
            high: mean(&|f| f.share.high),
        },
        ece: mean(&|f| f.ece),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(probability: f64, was_fixed: bool, source_added: f64) -> Scored {
        Scored { probability, was_fixed, added: source_added, source_added, touches_source: true }
    }

    fn close(found: Option<f64>, wanted: f64) {
        assert!(found.is_some_and(|found| (found - wanted).abs() < 1e-9), "{found:?}, not {wanted}");
    }

    #[test]
    fn auc_counts_pairs_in_order_and_ties_by_half() {
        let changes = [
            change(0.1, false, 1.0),
            change(0.4, true, 1.0),
            change(0.4, false, 1.0),
            change(0.9, true, 1.0),
        ];
        // Of four pairs three are in order and one is tied.
        close(auc(&changes, |c| c.probability), 3.5 / 4.0);
        assert_eq!(auc(&changes[..1], |c| c.probability), None);
    }

    #[test]
    fn size_matched_sees_nothing_of_size() {
        // Twenty changes, two a decile: the probability is the size, but within each decile the smaller one was fixed.
        let changes: Vec<Scored> =
            (0..20).map(|n: u8| change(f64::from(n) / 20.0, n.is_multiple_of(2), f64::from(n))).collect();
        close(size_matched(&changes), 0.0);
        close(auc(&changes, |c| c.probability), 45.0 / 100.0);
    }

    #[test]
    fn calibration_compares_probability_and_rate() {
        let changes = [change(0.25, false, 1.0), change(0.25, true, 1.0), change(1.0, true, 1.0)];
        close(calibration_error(&changes), 0.5 / 3.0);
    }

    #[test]
    fn a_bad_row_says_what_is_wrong() {
        let row = r#"{"p":"a","y":2,"title":"x","nf":1,"files":[["a.rs","m",1,2]],"x":[1,0,1,1,0,0,0,0,0,0,0,0,0,0,0,0]}"#;
        assert_eq!(Row::parse(row).unwrap_err(), "y is 2, not 0 or 1");
        assert!(Row::parse(&row.replace("\"y\":2", "\"y\":1")).is_ok());
        assert!(Row::parse("{}").unwrap_err().contains("missing field"));
    }
}
