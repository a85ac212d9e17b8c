//! A short film of the demo: the real program in a pseudo-terminal, its screens as one animated SVG.
//!
//! `cargo bench --bench recording [-- --out assets/demo.svg --columns 120 --lines 32 --seed 6]` plays [`STORY`];
//! with `--still assets/board.svg` it takes the board alone. The SVG needs no script and no font of its own: all
//! frames lie side by side in a strip that CSS moves by whole frames, a line that several frames show is written
//! once, and every run of text has its place and its length, so that columns stay columns in any font.
#![cfg(test)] // always so here; it tells clippy that panics are wanted

#[expect(dead_code, reason = "this bench needs no servers")]
mod shared;
#[path = "../tests/it/support/mod.rs"]
#[expect(dead_code, unused_imports, reason = "the tests need more of it")]
mod support;

use std::{
    collections::HashMap,
    fmt::Write as _,
    num::NonZeroU16,
    path::PathBuf,
    thread::sleep,
    time::{Duration, Instant},
};

use self::{
    shared::{Args, now, say},
    support::term::Pty,
};

/// What is typed, what the window's title says about it, and for how many milliseconds it can be looked at.
const STORY: &[(&str, &str, u64)] = &[
    ("", "the board", 2_000),
    ("j", "j  next", 350),
    ("j", "j  next", 350),
    ("j", "j  next", 1_200),
    ("/", "/  filter", 500),
    ("is:f", "/  filter", 250),
    ("ail", "/  filter", 250),
    ("ing", "/  filter", 900),
    ("\r", "Enter", 1_600),
    ("\x1b", "Esc  everything again", 900),
    ("d", "d  details: its files", 2_000),
    ("\x1b[6~", "PgDn", 1_600),
    ("\x1b", "Esc", 700),
    ("s", "s  another order", 1_500),
    ("", "the team works on", 2_500),
    ("r", "r  the new order", 1_200),
    ("p", "p  repositories", 1_000),
    ("j", "j  next", 300),
    ("j", "j  next", 700),
    ("\r", "Enter", 1_600),
    ("p", "p  repositories", 400),
    ("g\r", "g Enter  all again", 1_200),
];
/// The last frame stays for so long before all begins anew.
const LAST: Duration = Duration::from_millis(1_500);
/// How often the screen is looked at.
const PERIOD: Duration = Duration::from_millis(200);
/// The end of each frame that the program draws: what comes after is half of the next.
const FRAME_END: &[u8] = b"\x1b[?2026l";

/// A cell, in pixels: 0.6 of the font's size wide, as in most monospaced fonts, and low enough for rules to meet.
const CELL: (usize, usize) = (9, 17);
const FONT: &str =
    "15px ui-monospace,'SFMono-Regular',Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace";
/// Where the text's line is, from the top of its cell.
const BASELINE: usize = 13;
/// Around the screen, and the title's height above it.
const MARGIN: usize = 14;
const TITLE: usize = 34;

const BACKGROUND: &str = "#11151c";
const FOREGROUND: &str = "#d5dae3";
/// The sixteen colours of the terminal.
const COLOURS: [&str; 16] = [
    "#2a303c", "#ef6b73", "#8ccf7e", "#e5c76b", "#67b0e8", "#c47fd5", "#6cbfbf", "#b3b9b8", "#667085",
    "#ff8087", "#a3e696", "#f4d67a", "#82c4f5", "#d79be6", "#82d6d6", "#ffffff",
];

fn main() {
    let Some(args) = Args::read() else { return };
    let still = args.get("still", PathBuf::new(), PathBuf::new());
    let scrap = tempfile::tempdir().expect("a temporary folder");
    let out = if still.as_os_str().is_empty() {
        args.get("out", "assets/demo.svg".into(), scrap.path().join("demo.svg"))
    } else {
        still.clone()
    };
    let size = (args.get("columns", 120, 100), args.get("lines", 32, 24));
    let story = if still == out || args.quick { STORY.get(..2).unwrap_or(STORY) } else { STORY };
    let mut film = Film::default();
    record(&mut film, size, args.get("seed", 6_u64, 6), story, args.quick);
    if still == out {
        film.frames.drain(..film.frames.len().saturating_sub(1));
    }
    let svg = film.svg(size);
    check(&svg);
    std::fs::write(&out, &svg).expect("the picture's file");
    let kib = svg.len().div_ceil(1024);
    say(format!("{}: {} frames, {} lines, {kib} KiB", out.display(), film.frames.len(), film.lines.len()));
}

/// Plays the story, and keeps every screen that differs from the one before.
fn record(film: &mut Film, size: (u16, u16), seed: u64, story: &[(&str, &str, u64)], quick: bool) {
    let args = ["demo", "--seed", &seed.to_string(), "--speed", "4"];
    let mut program = Pty::spawn(&args, &[("COLORTERM", "truecolor")], size.0, size.1);
    program.wait_until("board", support::PATIENCE, |screen| screen.contains('#'));
    sleep(Duration::from_millis(if quick { 100 } else { 1_500 }));
    let cells = |count| NonZeroU16::new(count).expect("a terminal has a size");
    let mut parser = vt100::Parser::new(cells(size.1), cells(size.0), 0);
    let (mut parsed, start) = (0, now());
    let mut due = start;
    for (keys, caption, time) in story {
        program.keys(keys);
        due += Duration::from_millis(if quick { 100 } else { *time });
        loop {
            // A key's own frame comes soon; what follows it comes with the period.
            sleep(PERIOD.min(due.saturating_duration_since(now())));
            let bytes = program.raw_output();
            let end = bytes.windows(FRAME_END.len()).rposition(|w| w == FRAME_END);
            let end = end.map_or(parsed, |at| at + FRAME_END.len());
            parser.process(bytes.get(parsed..end).unwrap_or_default());
            parsed = end;
            film.take(parser.screen(), caption, start);
            if now() >= due {
                break;
            }
        }
    }
    film.end = start.elapsed() + LAST;
    program.keys("q");
    assert_eq!(program.exit_code(), Ok(0), "the demo ends well");
}

/// What was seen, each line only once.
#[derive(Default)]
struct Film {
    frames: Vec<Frame>,
    /// Lines by their SVG.
    lines: HashMap<String, usize>,
    /// Styles by their CSS.
    styles: HashMap<String, usize>,
    end: Duration,
}

struct Frame {
    at: Duration,
    caption: String,
    /// The lines that are not empty: where, and which.
    lines: Vec<(usize, usize)>,
    cursor: Option<(u16, u16)>,
}

/// A piece of a line: its first column, its width in columns, its text and the style of all of it.
struct Run {
    column: usize,
    width: usize,
    text: String,
    style: Style,
    /// Nothing is added to it: its glyph may have another font, and so another width.
    alone: bool,
}

#[derive(Clone, PartialEq)]
struct Style {
    css: String,
    background: Option<String>,
}

impl Film {
    /// Adds the screen as a frame, unless it is the last one still.
    fn take(&mut self, screen: &vt100::Screen, caption: &str, start: Instant) {
        let mut lines = Vec::new();
        for row in 0..screen.size().0.get() {
            let svg = self.line(&runs(screen, row));
            if !svg.is_empty() {
                let next = self.lines.len();
                lines.push((usize::from(row), *self.lines.entry(svg).or_insert(next)));
            }
        }
        let cursor = (!screen.hide_cursor()).then(|| screen.cursor_position());
        let seen = (&lines, cursor, caption);
        if self.frames.last().is_none_or(|last| (&last.lines, last.cursor, last.caption.as_str()) != seen) {
            let at = if self.frames.is_empty() { Duration::ZERO } else { start.elapsed() };
            self.frames.push(Frame { at, caption: caption.to_owned(), lines, cursor });
        }
    }

    /// A line's elements: backgrounds, then texts.
    fn line(&mut self, runs: &[Run]) -> String {
        let (mut svg, mut texts) = (String::new(), String::new());
        for Run { column, width, text, style, .. } in runs {
            let (x, length) = (column * CELL.0, width * CELL.0);
            if let Some(fill) = &style.background {
                write!(svg, "<path fill='{fill}' d='M{x} 0h{length}v{}h-{length}z'/>", CELL.1).expect("text");
            }
            if text.trim().is_empty() {
                continue;
            }
            let next = self.styles.len();
            let class = match style.css.as_str() {
                "" => String::new(),
                css => format!(" class='s{}'", self.styles.entry(css.to_owned()).or_insert(next)),
            };
            // Glyphs of a rule are widened: else there would be gaps between them.
            let adjust = if text.contains('─') { " lengthAdjust='spacingAndGlyphs'" } else { "" };
            let length = if *width > 1 { format!(" textLength='{length}'{adjust}") } else { String::new() };
            write!(texts, "<text x='{x}' y='{BASELINE}'{length}{class}>{}</text>", escaped(text))
                .expect("text");
        }
        svg + &texts
    }

    fn svg(&self, (columns, lines): (u16, u16)) -> String {
        let (width, height) = (usize::from(columns) * CELL.0, usize::from(lines) * CELL.1);
        let (outer, tall) = (width + 2 * MARGIN, height + TITLE + MARGIN);
        let end = self.end.as_secs_f64();
        let mut svg = format!(
            "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {outer} {tall}' width='{outer}' height='{tall}' \
             xml:space='preserve'>\n<title>FlowLens</title>\n<style>text{{font:{FONT};fill:{FOREGROUND};\
             white-space:pre}}.t{{fill:#8a93a5}}"
        );
        for (css, number) in sorted(&self.styles) {
            write!(svg, ".s{number}{{{css}}}").expect("text");
        }
        if self.frames.len() > 1 {
            write!(svg, ".f{{animation:f {end:.2}s step-end infinite}}@keyframes f{{").expect("text");
            for (n, frame) in self.frames.iter().enumerate() {
                let (at, x) = (frame.at.as_secs_f64() / end * 100.0, n * outer);
                write!(svg, "{at:.2}%{{transform:translateX(-{x}px)}}").expect("text");
            }
            svg += "}@media(prefers-reduced-motion:reduce){.f{animation:none}}";
        }
        svg += "</style>\n<defs>\n";
        for (line, number) in sorted(&self.lines) {
            writeln!(svg, "<g id='l{number}'>{line}</g>").expect("text");
        }
        let (right, below) = (outer - 1, tall - 1);
        write!(
            svg,
            "</defs>\n<rect x='.5' y='.5' width='{right}' height='{below}' rx='9' fill='{BACKGROUND}' \
             stroke='#39414f'/>\n<circle cx='20' cy='18' r='5.5' fill='#ef6b73'/><circle cx='38' cy='18' r='5.5' \
             fill='#e5c76b'/><circle cx='56' cy='18' r='5.5' fill='#8ccf7e'/>\n<text class='t' x='{}' y='23' \
             text-anchor='middle'>flowlens demo</text>\n<svg width='{outer}' height='{tall}'><g class='f'>\n",
            outer / 2
        )
        .expect("text");
        for (n, frame) in self.frames.iter().enumerate() {
            write!(svg, "<g transform='translate({} {TITLE})'>", n * outer + MARGIN).expect("text");
            if let Some((row, column)) = frame.cursor {
                let (x, y) = (usize::from(column) * CELL.0, usize::from(row) * CELL.1);
                let (w, h) = CELL;
                write!(svg, "<rect x='{x}' y='{y}' width='{w}' height='{h}' fill='#7d8799'/>").expect("text");
            }
            for (row, line) in &frame.lines {
                write!(svg, "<use href='#l{line}' y='{}'/>", row * CELL.1).expect("text");
            }
            if self.frames.len() > 1 {
                let caption = escaped(&frame.caption);
                write!(svg, "<text class='t' x='{width}' y='-11' text-anchor='end'>{caption}</text>")
                    .expect("text");
            }
            svg += "</g>\n";
        }
        svg + "</g></svg>\n</svg>\n"
    }
}

/// The entries in the order of their numbers.
fn sorted(map: &HashMap<String, usize>) -> Vec<(&String, usize)> {
    let mut entries: Vec<_> = map.iter().map(|(text, number)| (text, *number)).collect();
    entries.sort_by_key(|(_, number)| *number);
    entries
}

/// A line of the screen in pieces: one ends where the style changes, at two blanks, and around a glyph that a
/// monospaced font may not have.
fn runs(screen: &vt100::Screen, row: u16) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for column in 0..screen.size().1.get() {
        let Some(cell) = screen.cell(row, column).filter(|cell| !cell.is_wide_continuation()) else {
            continue;
        };
        let text = if cell.has_contents() { cell.contents() } else { " " };
        let (style, width) = (style(cell), 1 + usize::from(cell.is_wide()));
        let alone = cell.is_wide() || !text.chars().all(is_plain);
        let blank = text == " ";
        match runs.last_mut() {
            Some(run)
                if run.style == style && !run.alone && !alone && (blank || !run.text.ends_with("  ")) =>
            {
                run.text += text;
                run.width += width;
            }
            _ => {
                runs.push(Run { column: column.into(), width, text: text.to_owned(), style, alone });
            }
        }
    }
    for run in runs.iter_mut().filter(|run| run.style.background.is_none()) {
        let kept = run.text.trim_end().len();
        run.width -= run.text.len() - kept;
        run.text.truncate(kept);
    }
    runs
}

/// Letters, punctuation and the lines of boxes: what each monospaced font has.
fn is_plain(c: char) -> bool {
    matches!(c, ' '..='\u{24f}' | '\u{2010}'..='\u{2026}' | '\u{2500}'..='\u{257f}')
}

fn style(cell: &vt100::Cell) -> Style {
    let (mut fore, mut back) = (colour(cell.fgcolor()), colour(cell.bgcolor()));
    if cell.inverse() {
        let fore_or = fore.unwrap_or_else(|| FOREGROUND.to_owned());
        fore = Some(back.unwrap_or_else(|| BACKGROUND.to_owned()));
        back = Some(fore_or);
    }
    let mut css: Vec<String> = fore.map(|fill| format!("fill:{fill}")).into_iter().collect();
    let modes = [
        (cell.bold(), "font-weight:bold"),
        (cell.dim(), "fill-opacity:.6"),
        (cell.italic(), "font-style:italic"),
        (cell.underline(), "text-decoration:underline"),
    ];
    css.extend(modes.iter().filter(|(is, _)| *is).map(|(_, css)| (*css).to_owned()));
    Style { css: css.join(";"), background: back }
}

/// As CSS writes it; `None` for the terminal's own.
fn colour(colour: vt100::Color) -> Option<String> {
    Some(match colour {
        vt100::Color::Default => return None,
        vt100::Color::Rgb(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
        vt100::Color::Idx(n @ 0..16) => COLOURS.get(usize::from(n)).map(|c| (*c).to_owned())?,
        vt100::Color::Idx(n @ 16..232) => {
            let part = |n: u8| if n == 0 { 0 } else { 55 + 40 * n };
            format!("#{:02x}{:02x}{:02x}", part((n - 16) / 36), part((n - 16) / 6 % 6), part((n - 16) % 6))
        }
        vt100::Color::Idx(n) => format!("#{0:02x}{0:02x}{0:02x}", 8 + 10 * (n - 232)),
    })
}

/// As XML writes it, without characters that it must not hold.
fn escaped(text: &str) -> String {
    let mut xml = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => xml += "&amp;",
            '<' => xml += "&lt;",
            '>' => xml += "&gt;",
            '\'' => xml += "&apos;",
            '"' => xml += "&quot;",
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => xml.push('\u{fffd}'),
            c => xml.push(c),
        }
    }
    xml
}

/// Panics unless every element is closed, every attribute is quoted, every `&` begins an entity, and nothing in it
/// is a control character or a script.
fn check(svg: &str) {
    assert!(!svg.chars().any(|c| c.is_control() && c != '\n'), "no control characters");
    let mut open = Vec::new();
    for (n, part) in svg.split('<').enumerate() {
        if n == 0 {
            assert!(part.is_empty(), "nothing before the first element");
            continue;
        }
        let (tag, text) = part.split_once('>').expect("a tag has an end");
        for entity in part.split('&').skip(1) {
            let name = entity.split_once(';').map(|(name, _)| name);
            assert!(matches!(name, Some("amp" | "lt" | "gt" | "apos" | "quot")), "an entity: {entity}");
        }
        assert!(!text.contains('>'), "a bare > in {text:?}");
        assert_eq!(tag.matches('\'').count() % 2, 0, "quotes in <{tag}>");
        let unquoted: String = tag.split('\'').step_by(2).collect();
        assert!(unquoted.matches('=').count() == tag.matches("='").count(), "quoted values in <{tag}>");
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap_or_default();
        assert_ne!(name, "script", "no scripts");
        match (tag.starts_with('/'), tag.ends_with('/')) {
            (true, _) => assert_eq!(open.pop(), Some(name), "</{name}> closes what is open"),
            (false, true) => {}
            (false, false) => open.push(name),
        }
    }
    assert!(open.is_empty(), "not closed: {open:?}");
}
