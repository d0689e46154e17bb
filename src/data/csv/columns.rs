//! Which columns of a table are features, and which are targets.

use std::format;
use std::path::Path;
use std::string::String;
use std::vec::Vec;

use super::{Column, CsvError, Options};

/// The columns that are wanted, by number; all of them exist.
pub(super) struct Columns {
    pub(super) count: usize,
    names: Option<Vec<String>>,
    pub(super) features: Vec<usize>,
    pub(super) targets: Vec<usize>,
}

impl Columns {
    /// Finds the columns in a table of `count` columns; there are to be so many features and so many targets.
    pub(super) fn new(
        path: &Path,
        options: &Options,
        count: usize,
        names: Option<Vec<String>>,
        features: usize,
        targets: usize,
    ) -> Result<Self, CsvError> {
        let find = |column: &Column| {
            let found = match column {
                Column::Name(name) => names.iter().flatten().position(|other| other == name),
                Column::Index(index) => Some(*index).filter(|&index| index < count),
            };
            found.ok_or_else(|| CsvError::Column {
                path: path.into(),
                wanted: match column {
                    Column::Name(name) => format!("`{name}`"),
                    Column::Index(index) => format!("number {index}"),
                },
                columns: names.as_ref().map_or_else(|| format!("{count} without names"), |names| names.join(", ")),
            })
        };
        let target_columns = match &options.targets {
            Some(columns) => columns.iter().map(find).collect::<Result<_, _>>()?,
            None => (count.saturating_sub(targets)..count).collect::<Vec<_>>(),
        };
        let feature_columns = match &options.features {
            Some(columns) => columns.iter().map(find).collect::<Result<_, _>>()?,
            None => (0..count).filter(|column| !target_columns.contains(column)).collect::<Vec<_>>(),
        };
        let check = |what, expected, found: &[usize]| {
            let advice = || match char::from(options.delimiter) {
                delimiter if count == 1 => {
                    format!("if something else than {delimiter:?} parts the columns, say so with `Options::delimiter`")
                }
                _ => format!("choose columns with `Options::{what}s`, or change the number in the type"),
            };
            let mismatch =
                || CsvError::Count { path: path.into(), what, expected, found: found.len(), count, advice: advice() };
            (found.len() == expected).then_some(()).ok_or_else(mismatch)
        };
        check("target", targets, &target_columns)?;
        check("feature", features, &feature_columns)?;
        Ok(Self { count, features: feature_columns, targets: target_columns, names })
    }

    /// The name of the column, or its number if it has none.
    pub(super) fn describe(&self, column: usize) -> String {
        let name = self.names.as_ref().and_then(|names| names.get(column));
        name.map_or_else(|| format!("{column}"), |name| format!("`{name}`"))
    }
}
