//! What a person sees while a network is trained.

/// What is shown of a training, on standard error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Progress {
    /// A bar for each epoch, which becomes a line with its numbers; nothing if standard error is no terminal.
    #[default]
    Bar,
    /// A plain line for each epoch, even if standard error is no terminal.
    Lines,
    /// Nothing.
    Silent,
}
