//! Lines about a request for an insight, and about what the newest insight has changed.

use super::{
    super::model::{Model, Standing},
    piece::{Ink, PanelLine, Piece, text},
};
use crate::domain::{
    ids::{InsightId, PrKey},
    insight::{PastInsight, Risk},
    request::{Request, RequestState},
    text::{counted, truncate, width, wrap},
    time::{ago, elapsed},
};

const DOT: &str = " · ";
/// Most lines of a request, whose error may be long.
const MOST: usize = 3;

fn cells_of(pieces: &[Piece]) -> usize {
    let cells = |piece: &Piece| match piece {
        Piece::Text(_, text) => width(text),
        Piece::Level(_) | Piece::AskKey => 1,
        Piece::Bar(..) | Piece::To(_) => 0,
    };
    pieces.iter().map(cells).sum()
}

/// Adds the key that asks for a new insight, where there is room; false where there is none.
pub(super) fn offer(pieces: &mut Vec<Piece>, does: &str, cells: usize) -> bool {
    let room = cells.saturating_sub(cells_of(pieces) + width(DOT) + 1);
    let verb = does.split(' ').next().unwrap_or(does);
    let Some(does) = [does, verb].into_iter().find(|words| width(words) < room) else { return false };
    pieces.extend([text(Ink::Dim, DOT), Piece::AskKey, text(Ink::Dim, format!(" {does}"))]);
    true
}

/// The lines about a pull request's request; none where no insight is on its way.
pub(super) fn lines(model: &Model, key: PrKey, cells: usize) -> Vec<PanelLine> {
    let (ink, says, failed) = match model.standing(key) {
        None => return vec![],
        Some(Standing::Asked) => (Ink::Accent, "asked …".to_owned(), false),
        Some(Standing::Of(request)) => match request.state {
            RequestState::Failed | RequestState::Dead => (Ink::Bad, failed(model, request), true),
            RequestState::Running => (Ink::Accent, running(model, request), false),
            RequestState::Queued | RequestState::Done | RequestState::Cancelled | RequestState::Other(_) => {
                (Ink::Accent, queued(model, request), false)
            }
        },
    };
    let mut lines: Vec<Vec<Piece>> =
        wrap(&says, cells, MOST).into_iter().map(|line| vec![text(ink, line)]).collect();
    if failed
        && let Some(last) = lines.last_mut()
        && !offer(last, "tries again", cells)
    {
        lines.push(vec![Piece::AskKey, text(Ink::Dim, " tries again")]);
    }
    lines.into_iter().map(|pieces| PanelLine { pieces, spot: None }).collect()
}

/// `queued 2m ago by ann`, and the failure of the attempt before.
fn queued(model: &Model, request: &Request) -> String {
    let when = request.requested_at.map(|at| format!(" {}", ago(model.minute, at))).unwrap_or_default();
    let by = request.requested_by.as_ref().map(|who| format!(" by {who}")).unwrap_or_default();
    let before = request.error.as_ref().filter(|_| request.attempts > 0);
    let before = before.map(|error| format!("{DOT}attempt {} failed: {error}", request.attempts));
    format!("queued{when}{by}{}", before.unwrap_or_default())
}

/// `running for 4s, attempt 2`
fn running(model: &Model, request: &Request) -> String {
    let time = request.started_at.map(|at| format!(" for {}", elapsed(model.server_now(), at)));
    let attempt = (request.attempts > 1).then(|| format!(", attempt {}", request.attempts));
    format!("running{}{}", time.unwrap_or_default(), attempt.unwrap_or_default())
}

/// `failed 2m ago: the files are not stored`
fn failed(model: &Model, request: &Request) -> String {
    let why = request.error.as_deref().unwrap_or("nobody said why");
    let at = request.finished_at.or(request.updated_at);
    let when = at.map(|at| format!(" {}", ago(model.minute, at))).unwrap_or_default();
    if request.state == RequestState::Dead {
        return format!(
            "gave up{when} after {}: {why}",
            counted(usize::try_from(request.attempts).unwrap_or_default(), "attempt")
        );
    }
    format!("failed{when}: {why}")
}

/// `since abc1234: ◆ medium → ▲ high · + looks like a secret · − no test changed`: the difference of the two newest
/// insights; `named` leaves out the word `since`.
pub(super) fn since(past: &[PastInsight], shown: InsightId, cells: usize, named: bool) -> Vec<PanelLine> {
    let [now, before, ..] = past else { return vec![] };
    let Some(difference) = now.since(before).filter(|_| now.id == shown) else { return vec![] };
    let mut items: Vec<Vec<Piece>> = Vec::new();
    if let Some((then, now)) = difference.level {
        let arrow = text(Ink::Dim, " → ");
        items.push(level(then).into_iter().chain([arrow]).chain(level(now)).collect());
    }
    let signed = |sign: &str, ink, words: &String| vec![text(ink, format!("{sign} {words}"))];
    items.extend(difference.added.iter().map(|words| signed("+", Ink::Warn, words)));
    items.extend(difference.removed.iter().map(|words| signed("−", Ink::Plain, words)));
    if items.is_empty() && now.sha == before.sha {
        return vec![];
    }
    if items.is_empty() {
        items.push(vec![text(Ink::Dim, "the same level and alerts")]);
    }
    let sha = before.sha.as_ref().map_or("the last one", |sha| sha.short());
    let lead = if named { format!("{sha}: ") } else { format!("since {sha}: ") };
    flow(vec![text(Ink::Dim, lead)], items, cells)
}

fn level(risk: Option<Risk>) -> Vec<Piece> {
    match risk {
        Some(risk) => {
            let word = format!(" {risk}");
            vec![Piece::Level(risk), text(Ink::Plain, word)]
        }
        None => vec![text(Ink::Dim, "no level")],
    }
}

/// Items one after the other; an item is broken only where it is longer than a line.
fn flow(lead: Vec<Piece>, items: Vec<Vec<Piece>>, cells: usize) -> Vec<PanelLine> {
    let (mut lines, mut line, mut first) = (Vec::new(), lead, true);
    for item in items {
        let gap = if first { 0 } else { width(DOT) };
        if cells_of(&line) + gap + cells_of(&item) > cells && !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        } else if !first {
            line.push(text(Ink::Dim, DOT));
        }
        first = false;
        line.extend(item.into_iter().map(|piece| match piece {
            Piece::Text(ink, words) => text(ink, truncate(&words, cells)),
            other => other,
        }));
    }
    lines.push(line);
    lines.into_iter().map(|pieces| PanelLine { pieces, spot: None }).collect()
}
