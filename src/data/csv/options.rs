//! How a table is written, and which of its columns are wanted.

use std::string::String;
use std::vec::Vec;

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Column {
    /// By its name in the header line.
    Name(String),
    /// By its number, from 0.
    Index(usize),
}

impl From<&str> for Column {
    fn from(name: &str) -> Self {
        Self::Name(name.into())
    }
}

impl From<String> for Column {
    fn from(name: String) -> Self {
        Self::Name(name)
    }
}

impl From<usize> for Column {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

/// How a table is written, and which of its columns are wanted.
///
/// ```
/// use tintype::data::csv::Options;
///
/// let wine = Options::new().delimiter(b';').target("quality").features(["alcohol", "pH"]);
/// let digits = Options::new().without_header().target(64);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    pub(super) delimiter: u8,
    pub(super) header: bool,
    pub(super) features: Option<Vec<Column>>,
    pub(super) targets: Option<Vec<Column>>,
    pub(super) classes: Vec<String>,
}

impl Options {
    /// Columns parted by commas under a line with their names; the last ones are the targets, and all others features.
    /// A first line that could be a sample is an error, unless a column is chosen by its name.
    pub const fn new() -> Self {
        Self { delimiter: b',', header: true, features: None, targets: None, classes: Vec::new() }
    }

    /// Columns parted by this byte, such as `b';'` or `b'\t'`.
    #[must_use]
    pub const fn delimiter(mut self, delimiter: u8) -> Self {
        self.delimiter = delimiter;
        self
    }

    /// The first line is a sample already.
    #[must_use]
    pub const fn without_header(mut self) -> Self {
        self.header = false;
        self
    }

    /// The columns that the network is given, in this order. Without a word about it: all but the targets.
    #[must_use]
    pub fn features<C: Into<Column>>(mut self, columns: impl IntoIterator<Item = C>) -> Self {
        self.features = Some(columns.into_iter().map(Into::into).collect());
        self
    }

    /// The column that the network is to tell. Without a word about it: the last.
    #[must_use]
    pub fn target(self, column: impl Into<Column>) -> Self {
        self.targets([column])
    }

    /// The columns that the network is to tell, in this order. Without a word about it: the last ones, as many as are
    /// needed.
    #[must_use]
    pub fn targets<C: Into<Column>>(mut self, columns: impl IntoIterator<Item = C>) -> Self {
        self.targets = Some(columns.into_iter().map(Into::into).collect());
        self
    }

    /// The names of the classes, the first for class 0. Without a word about it the target column holds numbers.
    #[must_use]
    pub fn classes<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.classes = names.into_iter().map(Into::into).collect();
        self
    }
}

impl Options {
    /// Whether a column is chosen by its name, so that there must be a line with names.
    pub(super) fn names_columns(&self) -> bool {
        [&self.features, &self.targets].into_iter().flatten().flatten().any(|column| matches!(column, Column::Name(_)))
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::new()
    }
}
