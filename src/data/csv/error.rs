//! What can go wrong with a table.

use std::io;
use std::path::PathBuf;
use std::string::String;

/// `1 column`, `2 columns`.
fn counted(count: usize, what: &str) -> String {
    std::format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// Why a table could not be read. Lines count from 1, columns from 0.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CsvError {
    /// The operating system could not read the file.
    #[error("{}: cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// The file is no text.
    #[error("{}: line {line}: expected text in UTF-8", path.display())]
    Text {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// The file is not a table.
    #[error("{}: {source}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What the reader of the format says.
        source: csv::Error,
    },
    /// A line has more or fewer cells than the first.
    #[error("{}: line {line}: expected {expected} columns, found {found}", path.display())]
    Length {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The cells of the first line.
        expected: usize,
        /// The cells of this one.
        found: usize,
    },
    /// The first line is a sample, where the names of the columns should be.
    #[error(
        "{}: expected a line with the names of the columns, but the first, `{found}`, is a sample already; say so with \
         `Options::without_header`, or choose a column by its name if these are names",
        path.display()
    )]
    Header {
        /// The file.
        path: PathBuf,
        /// The first line.
        found: String,
    },
    /// A column that is asked for is not there.
    #[error("{}: there is no column {wanted}; the columns are: {columns}", path.display())]
    Column {
        /// The file.
        path: PathBuf,
        /// The name or the number that is asked for.
        wanted: String,
        /// The names of the columns, or how many there are.
        columns: String,
    },
    /// There are more or fewer columns than the types say.
    #[error("{}: expected {}, found {found} in a table of {}; {advice}", path.display(), counted(*expected, what), counted(*count, "column"))]
    Count {
        /// The file.
        path: PathBuf,
        /// `feature` or `target`.
        what: &'static str,
        /// As many as the type says.
        expected: usize,
        /// As many as the options and the table give.
        found: usize,
        /// The columns of the table.
        count: usize,
        /// What may mend it.
        advice: String,
    },
    /// There are more or fewer names of classes than classes.
    #[error("{}: expected the names of {expected} classes, found {found}", path.display())]
    ClassNames {
        /// The file.
        path: PathBuf,
        /// As many as the type says.
        expected: usize,
        /// As many as the options list.
        found: usize,
    },
    /// A cell holds something else than its column should.
    #[error("{}: line {line}, column {column}: expected {expected}, found {found}", path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The name of the column, or its number if it has none.
        column: String,
        /// What the column should hold.
        expected: String,
        /// What the cell holds, in quotes, or that it is empty.
        found: String,
    },
}
