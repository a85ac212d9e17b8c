//! The parts of the insight pane, each as lines of a given width.

use std::borrow::Cow;

use super::{
    super::model::Model,
    levels::levels,
    piece::{Ink, PanelLine, Piece, line, may_stack, text},
    reasons::{percent, reasons},
    request,
};
use crate::domain::{
    assessment::{Attention, Findings},
    insight::{Insight, PastInsight, Risk},
    pull_request::PullRequest,
    text::{truncate, truncate_path, width, wrap},
};

/// Cells of a part's name, and the fewest cells of a line that has one.
const NAME: usize = 7;
const NAMED: usize = 52;
/// Blanks between two columns.
pub(super) const GAP: usize = 2;
/// Where a part stands if there are two columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PanelColumn {
    Both,
    Left,
    Right,
}

/// The parts, from top to bottom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Request,
    Local,
    Stale,
    Summary,
    Advice,
    Gap,
    Alerts,
    Focus,
    Why,
    Review,
    Notes,
    Levels,
    Since,
    Origin,
}

impl Part {
    pub(super) const ALL: [Self; 14] = [
        Self::Request,
        Self::Local,
        Self::Stale,
        Self::Summary,
        Self::Advice,
        Self::Gap,
        Self::Alerts,
        Self::Focus,
        Self::Why,
        Self::Review,
        Self::Notes,
        Self::Levels,
        Self::Since,
        Self::Origin,
    ];

    /// Its column where there are two.
    pub(super) const fn column(self) -> PanelColumn {
        match self {
            Self::Request | Self::Local | Self::Stale | Self::Summary | Self::Advice | Self::Gap => {
                PanelColumn::Both
            }
            Self::Alerts | Self::Focus | Self::Notes => PanelColumn::Left,
            Self::Why | Self::Review | Self::Levels | Self::Since | Self::Origin => PanelColumn::Right,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Request | Self::Local | Self::Stale | Self::Summary | Self::Advice | Self::Gap => "",
            Self::Alerts => "Alert",
            Self::Focus => "Read",
            Self::Why => "Why",
            Self::Review => "Review",
            Self::Notes => "Note",
            Self::Levels => "Levels",
            Self::Since => "Since",
            Self::Origin => "By",
        }
    }
}

/// The insight that the pane tells of, with all that is known about it.
pub(super) struct Subject<'m> {
    model: &'m Model,
    pr: &'m PullRequest,
    insight: &'m Insight,
    details: Option<&'m Findings>,
    /// All insights of the pull request, newest first, including one kept in memory alone.
    past: Cow<'m, [PastInsight]>,
}

impl<'m> Subject<'m> {
    pub(super) fn of(model: &'m Model) -> Option<Self> {
        let pr = model.selected()?;
        let insight = model.insight_of(pr)?;
        let stored = model.detail().map(|detail| detail.insights.as_slice()).unwrap_or_default();
        let past = match model.asking.local(pr.key) {
            Some(local) => std::iter::once(local.past()).chain(stored.iter().cloned()).collect(),
            None => stored.into(),
        };
        Some(Self { model, pr, insight, details: model.findings(), past })
    }

    /// The lines of a part, at most `most`.
    pub(super) fn lines(&self, part: Part, cells: usize, most: usize) -> Vec<PanelLine> {
        let indent = if cells < NAMED || part.name().is_empty() { 0 } else { NAME };
        let cells = cells.saturating_sub(indent);
        let none = Findings::default();
        let details = self.details.unwrap_or(&none);
        let mut lines = match part {
            Part::Request => request::lines(self.model, self.pr.key, cells),
            Part::Local if self.model.asking.local(self.pr.key).is_some() => {
                vec![line(vec![text(Ink::Warn, "local, not saved: the login may only read")])]
            }
            Part::Stale => self.stale(cells),
            Part::Summary => paragraph(
                Ink::Strong,
                self.insight.summary.as_deref().unwrap_or("It has no summary."),
                cells,
                most,
            ),
            Part::Advice => self.advice(cells, most),
            Part::Gap if self.details.is_some() || self.past.len() > 1 => vec![PanelLine::default()],
            Part::Gap | Part::Local => vec![],
            Part::Alerts => alerts(details, cells, most),
            Part::Focus => focus(details, cells, most),
            Part::Why => self.why(details, cells, most),
            Part::Review => review(details, cells, most),
            Part::Notes => self.notes(details, cells, most),
            Part::Levels => levels(&self.past, self.model.minute, cells).into_iter().collect(),
            Part::Since => request::since(&self.past, self.insight.id, cells, indent > 0),
            Part::Origin => origin(details, cells),
        };
        lines.truncate(most);
        if indent > 0 {
            for (n, line) in lines.iter_mut().enumerate() {
                let name = if n == 0 { part.name() } else { "" };
                for piece in &mut line.pieces {
                    if let Piece::To(column) = piece {
                        *column += indent;
                    }
                }
                line.pieces.splice(0..0, [text(Ink::Dim, name), Piece::To(indent)]);
            }
        }
        lines
    }

    fn stale(&self, cells: usize) -> Vec<PanelLine> {
        let mut pieces = match self.insight.is_stale(self.pr.head.as_ref()) {
            Some(false) => return vec![],
            Some(true) if self.insight.has_moved(self.pr.head.as_ref()) != Some(true) => {
                vec![text(Ink::Warn, "stale: it has no level, and the files are known now")]
            }
            Some(true) => {
                let head = self.pr.head.as_ref().map_or("", |sha| sha.short());
                vec![text(Ink::Warn, format!("stale: head is now {head}"))]
            }
            None => vec![text(Ink::Dim, "it names no commit: whether it is stale is not known")],
        };
        // No advice to ask where a request is on its way.
        if self.model.standing(self.pr.key).is_none() {
            request::offer(&mut pieces, "asks for a new one", cells);
        }
        vec![line(pieces)]
    }

    fn advice(&self, cells: usize, most: usize) -> Vec<PanelLine> {
        let Some(advice) = &self.insight.recommendation else { return vec![] };
        let mut lines = paragraph(Ink::Plain, advice, cells.saturating_sub(2), most);
        for (n, line) in lines.iter_mut().enumerate() {
            let lead = if n == 0 { "→" } else { "" };
            line.pieces.splice(0..0, [text(Ink::Dim, lead), Piece::To(2)]);
        }
        lines
    }

    /// The reasons of the level.
    fn why(&self, details: &Findings, cells: usize, most: usize) -> Vec<PanelLine> {
        let unknown = details.unknown.as_ref().map(|unknown| format!("no probability: {unknown}"));
        let mut lines = unknown.map_or_else(Vec::new, |unknown| paragraph(Ink::Plain, &unknown, cells, 2));
        lines.extend(self.verdict(details));
        let left = if most == usize::MAX { most } else { most.saturating_sub(lines.len()) };
        lines.extend(reasons(&details.reasons, cells, left));
        lines
    }

    /// The probability in words, and whether the level is another one for the alerts.
    fn verdict(&self, details: &Findings) -> Option<PanelLine> {
        let percent = percent(self.insight.score?);
        let alone = details.level_by_score.as_deref().and_then(Risk::parse);
        Some(line(match alone.zip(self.insight.risk.as_ref()) {
            Some((alone, level)) if alone != *level => {
                let raised = alone.weight() < level.weight();
                let lead = if raised { "raised by its alerts: " } else { "" };
                let word = format!(" {}", alone.word());
                vec![
                    text(Ink::Plain, format!("{lead}{percent} alone is ")),
                    Piece::Level(alone),
                    text(Ink::Plain, word),
                ]
            }
            Some(_) | None => vec![text(Ink::Plain, format!("{percent} likely to need a later fix"))],
        }))
    }

    fn notes(&self, details: &Findings, cells: usize, most: usize) -> Vec<PanelLine> {
        let failed = match self.model.details.get(self.pr.key) {
            Some(Err(error)) => Some(format!("its reasons were not read: {error}")),
            Some(Ok(_)) | None => None,
        };
        let partial = details.partial.as_ref().map(|partial| format!("partial: {partial}"));
        let opinion = details.llm.as_ref().and_then(|llm| llm.opinion.as_ref());
        let opinion = opinion.map(|level| format!("the LLM itself would say {level}"));
        let notes = [failed, partial, details.note.clone(), opinion];
        notes.iter().flatten().flat_map(|note| paragraph(Ink::Plain, note, cells, most.min(3))).collect()
    }
}

fn paragraph(ink: Ink, words: &str, cells: usize, most: usize) -> Vec<PanelLine> {
    wrap(words, cells, most).into_iter().map(|words| line(vec![text(ink, words)])).collect()
}

/// `src/auth/session.rs:41`
fn place(file: &str, at: Option<u32>, cells: usize) -> String {
    let at = at.map(|at| format!(":{at}")).unwrap_or_default();
    format!("{}{at}", truncate_path(file, cells.saturating_sub(width(&at))))
}

/// A place in a file, and a remark about it.
struct Remark<'d> {
    lead: Piece,
    place: Option<(&'d str, Option<u32>)>,
    words: &'d str,
}

/// Remarks below each other, in two columns where they fit; `first` is the number of the first remark's spot.
fn entries(
    list: &[Remark<'_>],
    place_leads: bool,
    first: usize,
    (cells, most): (usize, usize),
) -> Vec<PanelLine> {
    const LEAD: usize = 2;
    let room = cells.saturating_sub(LEAD);
    let longest = |lengths: &mut dyn Iterator<Item = usize>| lengths.max().unwrap_or_default();
    let places = longest(
        &mut list
            .iter()
            .filter_map(|entry| entry.place)
            .map(|(file, at)| width(&place(file, at, usize::MAX))),
    );
    let words = longest(&mut list.iter().map(|entry| width(entry.words)));
    let stacked = may_stack(cells, most) && places + words + GAP > room;
    let (places, words) = if stacked { (room, room) } else { shares(places, words, room) };
    let mut spot = first;
    let mut lines = Vec::new();
    for entry in list {
        let of = entry.place.map(|_| spot);
        spot += usize::from(of.is_some());
        let place = entry.place.map(|(file, at)| place(file, at, places)).unwrap_or_default();
        let about = |cells: usize| truncate(entry.words, cells).into_owned();
        let (one, other, column) = match (place_leads, place.is_empty()) {
            (true, _) => (place, text(Ink::Dim, about(words)), places),
            (false, true) => (about(room), text(Ink::Dim, ""), words),
            (false, false) => (about(words), text(Ink::Dim, place), words),
        };
        let mut pieces = vec![entry.lead.clone(), Piece::To(LEAD), text(Ink::Plain, one)];
        let empty = matches!(&other, Piece::Text(_, words) if words.is_empty());
        if stacked && !empty {
            lines.push(PanelLine { pieces, spot: of });
            pieces = vec![Piece::To(LEAD), other];
        } else if !empty {
            pieces.extend([Piece::To(LEAD + column + GAP), other]);
        }
        lines.push(PanelLine { pieces, spot: of });
    }
    lines
}

/// Cells for a place and for the words beside it: whole where both fit, else half the room each.
fn shares(place: usize, words: usize, room: usize) -> (usize, usize) {
    let room = room.saturating_sub(GAP);
    let place = place.min(room.saturating_sub(words).max(room / 2));
    (place, words.min(room - place))
}

fn alerts<'d>(details: &'d Findings, cells: usize, most: usize) -> Vec<PanelLine> {
    let entry = |alert: &'d Attention| Remark {
        lead: Risk::parse(&alert.level).map_or_else(|| text(Ink::Dim, "-"), Piece::Level),
        place: alert.file.as_deref().map(|file| (file, alert.line)),
        words: if alert.text.is_empty() { &alert.rule } else { &alert.text },
    };
    entries(&details.attention.iter().map(entry).collect::<Vec<_>>(), false, 0, (cells, most))
}

fn focus(details: &Findings, cells: usize, most: usize) -> Vec<PanelLine> {
    let before = details.attention.iter().filter(|alert| alert.file.is_some()).count();
    let list: Vec<Remark<'_>> = (1..)
        .zip(&details.focus_files)
        .map(|(n, focus): (usize, _)| Remark {
            lead: text(Ink::Dim, n.to_string()),
            place: Some((&focus.file, focus.line)),
            words: &focus.why,
        })
        .collect();
    entries(&list, true, before, (cells, most))
}

fn review(details: &Findings, cells: usize, most: usize) -> Vec<PanelLine> {
    let effort = details.effort.map(|effort| format!("effort {effort}/5, {}", sitting(effort)));
    let tests =
        details.tests_touched.map(|touched| if touched { "tests touched" } else { "no tests touched" });
    let split = details.split.as_ref().map(|split| format!("split: {split}"));
    let parts: Vec<String> = [effort, tests.map(str::to_owned), split].into_iter().flatten().collect();
    paragraph(Ink::Plain, &parts.join(" · "), cells, most.min(3))
}

/// What an effort means in time: reviewers read well up to 200 to 400 lines in 60 to 90 minutes.
const fn sitting(effort: u8) -> &'static str {
    match effort {
        0 | 1 => "some minutes",
        2 => "a quarter of an hour",
        3 => "most of an hour",
        4 => "more than an hour",
        _ => "more than one sitting",
    }
}

/// The maker of the insight, and the cost.
fn origin(details: &Findings, cells: usize) -> Vec<PanelLine> {
    let mut parts: Vec<String> = Vec::new();
    match details.llm.as_ref().filter(|_| details.source != "rules") {
        Some(llm) => {
            parts.push(format!("LLM {}", llm.model));
            parts.extend(llm.tokens.map(|(asked, told)| format!("{asked} + {told} tokens")));
            parts.extend(llm.cost.map(|cost| format!("${cost:.4}")));
        }
        None if details.source == "rules" => parts.push("built-in words".to_owned()),
        None => parts.extend((!details.source.is_empty()).then(|| details.source.clone())),
    }
    parts.extend((!details.model.is_empty()).then(|| format!("model {}", details.model)));
    if details.duration_ms > 0 {
        parts.push(format!("{} ms", details.duration_ms));
    }
    if parts.is_empty() {
        return vec![];
    }
    vec![line(vec![text(Ink::Dim, truncate(&parts.join(" · "), cells))])]
}
