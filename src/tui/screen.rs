//! The screens: each has a file of its name in `model/`, `update/` and `view/`.

/// What fills the space between header and footer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Screen {
    /// Repositories, pull requests, and the pipeline and insight of the selected one.
    #[default]
    Board,
}
