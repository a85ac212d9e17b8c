//! A Markdown page, taken apart.

use std::mem::take;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// What a page holds, each kind in order.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// Its path from the repository's top.
    pub(super) name: String,
    pub(super) text: String,
    /// Fenced blocks: language and content.
    pub(super) blocks: Vec<(String, String)>,
    /// Pieces of code within the text.
    pub(super) spans: Vec<String>,
    /// Where links lead, and where pictures lie.
    pub(super) links: Vec<String>,
    pub(super) pictures: Vec<String>,
    /// Names that a link can lead to.
    pub(super) anchors: Vec<String>,
    pub(super) tables: Vec<Table>,
}

/// A table's rows, the head first.
pub(super) type Table = Vec<Vec<Cell>>;

#[derive(Debug, Default)]
pub(super) struct Cell {
    pub(super) text: String,
    /// Its pieces of code.
    pub(super) codes: Vec<String>,
}

impl Page {
    pub(super) fn new(name: &str, text: &str) -> Self {
        let mut page = Self { name: name.to_owned(), text: text.to_owned(), ..Self::default() };
        let (mut heading, mut cell) = (String::new(), Cell::default());
        let mut block = None;
        for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
            match event {
                Event::Start(Tag::CodeBlock(kind)) => {
                    let language = match &kind {
                        CodeBlockKind::Fenced(language) => language.to_string(),
                        CodeBlockKind::Indented => String::new(),
                    };
                    block = Some((language, String::new()));
                }
                Event::End(TagEnd::CodeBlock) => page.blocks.extend(block.take()),
                Event::Start(Tag::Link { dest_url, .. }) => page.links.push(dest_url.to_string()),
                Event::Start(Tag::Image { dest_url, .. }) => page.pictures.push(dest_url.to_string()),
                Event::Start(Tag::Heading { .. }) => heading.clear(),
                Event::End(TagEnd::Heading(_)) => page.anchors.push(anchor(&heading)),
                Event::Start(Tag::Table(_)) => page.tables.push(Vec::new()),
                Event::Start(Tag::TableHead | Tag::TableRow) => {
                    page.tables.last_mut().expect("a table").push(Vec::new());
                }
                Event::Start(Tag::TableCell) => cell = Cell::default(),
                Event::End(TagEnd::TableCell) => {
                    page.tables
                        .last_mut()
                        .and_then(|table| table.last_mut())
                        .expect("a row")
                        .push(take(&mut cell));
                }
                Event::Text(text) => {
                    if let Some((_, content)) = &mut block {
                        content.push_str(&text);
                    }
                    heading.push_str(&text);
                    cell.text.push_str(&text);
                }
                Event::Code(code) => {
                    heading.push_str(&code);
                    cell.text.push_str(&code);
                    cell.codes.push(code.to_string());
                    page.spans.push(code.to_string());
                }
                _ => {}
            }
        }
        page
    }
}

/// The anchor that GitHub gives a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase().replace(' ', "-");
    kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect()
}
