//! The cells of one line of a table.

use std::format;
use std::path::Path;
use std::string::String;

use csv::StringRecord;

use super::columns::Columns;
use super::{CsvError, line_number};
use crate::shape::Rank1;
use crate::{Class, Tensor};

/// One line of the table.
pub(super) struct Line<'a> {
    pub(super) record: &'a StringRecord,
    /// The whole table.
    pub(super) bytes: &'a [u8],
    pub(super) path: &'a Path,
    pub(super) columns: &'a Columns,
}

impl Line<'_> {
    /// Refuses a line that has not a cell for each column.
    pub(super) fn check_length(&self) -> Result<(), CsvError> {
        let (expected, found) = (self.columns.count, self.record.len());
        if found == expected {
            Ok(())
        } else {
            Err(CsvError::Length { path: self.path.into(), line: self.number(), expected, found })
        }
    }

    /// The numbers in these columns, which are as many as the tensor has elements.
    pub(super) fn numbers<const N: usize>(&self, columns: &[usize]) -> Result<Tensor<Rank1<N>>, CsvError> {
        let mut numbers = Tensor::zeros();
        for (number, &column) in numbers.as_mut_slice().iter_mut().zip(columns) {
            let found = self.record[column].parse().ok().filter(|number: &f32| number.is_finite());
            *number = found.ok_or_else(|| self.unexpected(column, "a finite number"))?;
        }
        Ok(numbers)
    }

    /// The class in this column: one of the names, or a number if there are no names.
    pub(super) fn class<const CLASSES: usize>(
        &self,
        column: usize,
        names: &[String],
    ) -> Result<Class<CLASSES>, CsvError> {
        let text = &self.record[column];
        if names.is_empty() {
            // Some programs write all numbers with a fraction.
            let number = text.parse().ok().filter(|number: &f64| number.fract() == 0.0 && *number >= 0.0);
            let class = number.and_then(|number| Class::new(number as usize));
            class.ok_or_else(|| {
                let last = CLASSES.saturating_sub(1);
                self.unexpected(column, &format!("a class from 0 to {last}, as `Options::classes` names none"))
            })
        } else {
            let index = names.iter().position(|name| name == text);
            let class = index.and_then(Class::new);
            class.ok_or_else(|| self.unexpected(column, &format!("one of the classes {}", names.join(", "))))
        }
    }

    /// The number of the line, from 1.
    fn number(&self) -> usize {
        // The position of a record is where the one before ends, in front of any empty lines.
        let start = self.record.position().map_or(0, |position| position.byte() as usize).min(self.bytes.len());
        let (before, after) = self.bytes.split_at(start);
        let blank = after.iter().take_while(|byte| b"\r\n".contains(byte)).count();
        line_number(before) + line_number(&after[..blank]) - 1
    }

    fn unexpected(&self, column: usize, expected: &str) -> CsvError {
        CsvError::Value {
            path: self.path.into(),
            line: self.number(),
            column: self.columns.describe(column),
            expected: expected.into(),
            found: match &self.record[column] {
                "" => "nothing".into(),
                text => format!("`{text}`"),
            },
        }
    }
}
