//! The screens. Each has a file of its name in `update/` and in `view/`; its state stands in its variant, or, where it
//! outlives the screen as the board's does, in a file of its name in `model/`.

/// What fills the space between header and footer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Screen {
    /// Repositories, pull requests, and the pipeline and insight of the selected one.
    #[default]
    Board,
    /// A pull request alone.
    Pull,
}
