//! What packagers and shells want of the command line: manual pages and completions.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use clap_complete::Shell;
use clap_mangen::{
    Man,
    roff::{Roff, bold, roman},
};

use super::{VERSION, definition};

/// Options of `man`.
#[derive(Args, Clone, Debug)]
pub struct ManArgs {
    /// The folder, such as ~/.local/share/man/man1
    #[arg(value_name = "DIR")]
    dir: PathBuf,
}

impl ManArgs {
    /// Writes a page for each command.
    ///
    /// # Errors
    /// The folder cannot be made, or a page cannot be written.
    pub fn write(&self) -> io::Result<()> {
        let mut program = definition().disable_help_subcommand(true);
        program.build();
        fs::create_dir_all(&self.dir)
            .and_then(|()| write_pages(&program, None, &self.dir))
            .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", self.dir.display())))
    }
}

/// The page of a command, which belongs to another one, and those of its own.
fn write_pages(command: &clap::Command, above: Option<&str>, folder: &Path) -> io::Result<()> {
    for inner in command.get_subcommands() {
        write_pages(inner, command.get_display_name().or(Some(command.get_name())), folder)?;
    }
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ").to_owned();
    let command = command.clone().override_usage(usage).subcommand_help_heading("COMMANDS");
    let page = Man::new(command.clone()).source(format!("FlowLens {VERSION}")).manual("FlowLens");
    let mut text = Vec::new();
    page.render_title(&mut text)?;
    page.render_name_section(&mut text)?;
    page.render_synopsis_section(&mut text)?;
    page.render_description_section(&mut text)?;
    page.render_options_section(&mut text)?;
    if command.has_subcommands() {
        page.render_subcommands_section(&mut text)?;
    }
    let after = command.get_after_long_help().or(command.get_after_help());
    let after = after.map(ToString::to_string).unwrap_or_default();
    sections(&after, above).to_writer(&mut text)?;
    fs::write(folder.join(page.get_filename()), text)
}

/// What follows the options, a section under each of its heads; then the command to which this one belongs.
fn sections(after: &str, above: Option<&str>) -> Roff {
    let mut sections = Roff::new();
    for line in after.lines().filter(|line| !line.is_empty()) {
        match line.strip_suffix(':').filter(|head| !head.starts_with(' ')) {
            Some(head) => sections.control("SH", [head.to_uppercase().as_str()]).control("nf", []),
            None => sections.text([roman(line.strip_prefix("  ").unwrap_or(line))]),
        };
    }
    if !after.is_empty() {
        sections.control("fi", []);
    }
    if let Some(above) = above {
        sections.control("SH", ["SEE ALSO"]).text([bold(above), roman("(1)")]);
    }
    sections
}

/// Options of `completions`.
#[derive(Args, Clone, Debug)]
pub struct CompletionsArgs {
    /// Whose completions
    #[arg(value_name = "SHELL", value_enum)]
    shell: Shell,
}

impl CompletionsArgs {
    /// Prints the script.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn print(&self, out: &mut impl Write) -> io::Result<()> {
        let mut script = Vec::new(); // the generator panics where it cannot write
        clap_complete::generate(self.shell, &mut definition(), "flowlens", &mut script);
        out.write_all(&script)
    }
}
