//! Writing what is shown to a file, and copying what is marked.

use crate::{
    domain::{ids::PrKey, text::counted, web::openable},
    report::{Form, Report},
    tui::{
        action::Action,
        effect::{Effect, HostCall, ServiceCall},
        model::Model,
        overlay::{ExportFile, Overlay},
    },
};

/// Before the first poll has ended.
const NOT_READ: &str = "Not everything is read yet: nothing is written before that";

/// Asks for the file.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    if model.list.rows.is_empty() {
        model.say(if model.link.loaded { "No pull request is shown" } else { NOT_READ });
        return vec![];
    }
    let name = model.set_name().to_lowercase();
    let name: String = name.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
    let stem = format!("flowlens-{name}-{}", model.minute.format("%Y-%m-%d"));
    model.overlay = Some(Overlay::Export(ExportFile::new(&stem, model.list.rows.len())));
    vec![]
}

/// The rows as they are shown, in a form that scripts read: what `flowlens status` would print of them.
pub(in crate::tui::update) fn export(model: &mut Model, path: String, form: Form) -> Vec<Effect> {
    let (Some(source), Some(poll)) = (&model.link.source, model.link.poll) else {
        match &mut model.overlay {
            Some(Overlay::Export(export)) => export.refuse(NOT_READ.to_owned()),
            _ => model.say_error(NOT_READ),
        }
        return vec![];
    };
    let mut repositories = model.board.repositories();
    repositories.retain(|repository| model.repos.selected.is_none_or(|id| repository.id == id));
    let report = Report {
        board: &model.board,
        source,
        poll,
        me: model.me.as_deref(),
        repositories,
        pulls: model.list.rows.iter().filter_map(|key| model.board.pull(*key)).collect(),
    };
    let mut content = Vec::new();
    match report.write_as(form, &mut content) {
        Ok(()) => vec![Effect::Service(ServiceCall::Export(path, content))],
        Err(error) => {
            model.say_error(error.to_string());
            vec![]
        }
    }
}

/// Copies the numbers or addresses of all that is marked, one a line, in the order of the list.
pub(super) fn copy_marked(model: &mut Model, action: Action) -> Vec<Effect> {
    let marked = &model.list.marked;
    let shown = model.list.rows.iter().filter(|key| marked.contains(key));
    let hidden = marked.iter().filter(|key| !model.list.rows.contains(key));
    let line = |key: &PrKey| {
        let (pr, repository) = (model.board.pull(*key)?, model.board.repository(key.repo)?);
        Some(if action == Action::CopyUrl {
            let url = pr.url(repository);
            openable(&url, Some(&model.hosts)).unwrap_or(url)
        } else {
            format!("{}{}", repository.full_name, key.number)
        })
    };
    let lines: Vec<String> = shown.chain(hidden).filter_map(line).collect();
    if lines.is_empty() {
        model.say("None of the marked ones is there any more");
        return vec![];
    }
    let text = lines.join("\n");
    model.say(format!("Sent to the clipboard, {}: {}", counted(lines.len(), "line"), lines.join(", ")));
    vec![Effect::Host(HostCall::Copy(text))]
}
