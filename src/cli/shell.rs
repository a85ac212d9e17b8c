//! What packagers and shells want of the command line: manual pages and completions.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use clap_complete::Shell;
use clap_mangen::Man;

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
            .and_then(|()| write_pages(&program, &self.dir))
            .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", self.dir.display())))
    }
}

fn write_pages(command: &clap::Command, folder: &Path) -> io::Result<()> {
    for inner in command.get_subcommands() {
        write_pages(inner, folder)?;
    }
    let source = format!("FlowLens {VERSION}");
    Man::new(command.clone()).source(source).manual("FlowLens").generate_to(folder).map(drop)
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
