//! Data sets from tables: a sample a line, a number a column.

mod columns;
mod error;
mod line;
mod options;

pub use error::CsvError;
pub use options::{Column, Options};

use std::path::Path;
use std::string::String;
use std::vec::Vec;

use super::InMemory;
use crate::shape::Rank1;
use crate::{Class, Tensor};
use columns::Columns;
use line::Line;

/// Reads a table for a classifier: `FEATURES` columns of numbers, and one column that says which of `CLASSES` classes
/// the line belongs to.
///
/// The class is a number from 0, or one of the names that [`Options::classes`] lists.
///
/// ```
/// use tintype::data::csv;
///
/// # let path = std::env::temp_dir().join(format!("tintype-doc-classification-{}.csv", std::process::id()));
/// std::fs::write(&path, "length,width,species\n5.1,3.5,setosa\n6.2,2.9,versicolor\n")?;
/// let options = csv::Options::new().classes(["setosa", "versicolor", "virginica"]);
/// let iris = csv::read_classification::<2, 3>(&path, &options)?;
/// assert_eq!(iris.inputs()[1].as_slice(), [6.2, 2.9]);
/// assert_eq!(iris.targets()[1].index(), 1);
/// # std::fs::remove_file(path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If the file cannot be read, has not the columns that are asked for, or holds anything but finite numbers and classes
/// in them.
pub fn read_classification<const FEATURES: usize, const CLASSES: usize>(
    path: impl AsRef<Path>,
    options: &Options,
) -> Result<InMemory<Rank1<FEATURES>, Class<CLASSES>>, CsvError> {
    let path = path.as_ref();
    classification(&open(path)?, path, options)
}

/// Reads a table for a regression: `FEATURES` columns of numbers to tell from, and `TARGETS` columns of numbers to tell.
///
/// ```
/// use tintype::data::csv;
///
/// # let path = std::env::temp_dir().join(format!("tintype-doc-regression-{}.csv", std::process::id()));
/// std::fs::write(&path, "rooms;price;garden\n3;250.5;1\n5;470;0\n")?;
/// let options = csv::Options::new().delimiter(b';').target("price");
/// let houses = csv::read_regression::<2, 1>(&path, &options)?;
/// assert_eq!(houses.inputs()[0].as_slice(), [3.0, 1.0]);
/// assert_eq!(houses.targets()[0].as_slice(), [250.5]);
/// # std::fs::remove_file(path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If the file cannot be read, has not the columns that are asked for, or holds anything but finite numbers in them.
pub fn read_regression<const FEATURES: usize, const TARGETS: usize>(
    path: impl AsRef<Path>,
    options: &Options,
) -> Result<InMemory<Rank1<FEATURES>, Tensor<Rank1<TARGETS>>>, CsvError> {
    let path = path.as_ref();
    regression(&open(path)?, path, options)
}

fn open(path: &Path) -> Result<Vec<u8>, CsvError> {
    std::fs::read(path).map_err(|source| CsvError::Read { path: path.into(), source })
}

fn classification<const FEATURES: usize, const CLASSES: usize>(
    bytes: &[u8],
    path: &Path,
    options: &Options,
) -> Result<InMemory<Rank1<FEATURES>, Class<CLASSES>>, CsvError> {
    if !options.classes.is_empty() && options.classes.len() != CLASSES {
        return Err(CsvError::ClassNames { path: path.into(), expected: CLASSES, found: options.classes.len() });
    }
    read(bytes, path, options, 1, |line| line.class(line.columns.targets[0], &options.classes))
}

fn regression<const FEATURES: usize, const TARGETS: usize>(
    bytes: &[u8],
    path: &Path,
    options: &Options,
) -> Result<InMemory<Rank1<FEATURES>, Tensor<Rank1<TARGETS>>>, CsvError> {
    read(bytes, path, options, TARGETS, |line| line.numbers(&line.columns.targets))
}

/// Reads all lines; `target` makes the target of each from its `targets` columns.
fn read<const FEATURES: usize, T>(
    bytes: &[u8],
    path: &Path,
    options: &Options,
    targets: usize,
    target: impl Fn(&Line) -> Result<T, CsvError>,
) -> Result<InMemory<Rank1<FEATURES>, T>, CsvError> {
    let format = |source: csv::Error| CsvError::Format { path: path.into(), source };
    if let Err(error) = core::str::from_utf8(bytes) {
        return Err(CsvError::Text { path: path.into(), line: line_number(&bytes[..error.valid_up_to()]) });
    }
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(options.delimiter)
        .has_headers(options.header)
        .trim(csv::Trim::All)
        // The lengths of the lines are checked here, where the number of the line is known.
        .flexible(true)
        .from_reader(bytes);
    // Without a header line this is the first line of numbers, which is read again below.
    let first = reader.headers().map_err(format)?.clone();
    if first.is_empty() {
        return Ok(core::iter::empty().collect());
    }
    let names = options.header.then(|| first.iter().map(String::from).collect());
    let columns = Columns::new(path, options, first.len(), names, FEATURES, targets)?;
    if options.header && !options.names_columns() {
        let line = Line { record: &first, bytes, path, columns: &columns };
        if line.numbers::<FEATURES>(&columns.features).is_ok() && target(&line).is_ok() {
            return Err(CsvError::Header { path: path.into(), found: first.iter().collect::<Vec<_>>().join(", ") });
        }
    }
    reader
        .records()
        .map(|record| {
            let line = Line { record: &record.map_err(format)?, bytes, path, columns: &columns };
            line.check_length()?;
            Ok((line.numbers(&columns.features)?, target(&line)?))
        })
        .collect()
}

/// The number of the line, from 1, that `before` leads up to.
fn line_number(before: &[u8]) -> usize {
    before.split(|&byte| byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::string::ToString;

    const IRIS: &str = "length, width, species\n5.1, 3.5, setosa\n6.2, 2.9, versicolor\n\n7.1, 3e0, virginica\n";

    fn named() -> Options {
        Options::new().classes(["setosa", "versicolor", "virginica"])
    }

    fn classes<const F: usize, const N: usize>(
        text: &str,
        options: &Options,
    ) -> Result<InMemory<Rank1<F>, Class<N>>, CsvError> {
        classification(text.as_bytes(), Path::new("t.csv"), options)
    }

    fn numbers<const F: usize, const T: usize>(
        text: &str,
        options: &Options,
    ) -> Result<InMemory<Rank1<F>, Tensor<Rank1<T>>>, CsvError> {
        regression(text.as_bytes(), Path::new("t.csv"), options)
    }

    fn message<T: core::fmt::Debug>(result: Result<T, CsvError>) -> String {
        result.unwrap_err().to_string()
    }

    #[test]
    fn names_become_classes() {
        let iris = classes::<2, 3>(IRIS, &named()).unwrap();
        assert_eq!(iris.targets().iter().map(|class| class.index()).collect::<Vec<_>>(), [0, 1, 2]);
        assert_eq!(iris.inputs()[2].as_slice(), [7.1, 3.0]);
    }

    #[test]
    fn numbers_become_classes() {
        let table = classes::<1, 3>("1,0\n2,2.0\n3,1", &Options::new().without_header()).unwrap();
        assert_eq!(table.targets().iter().map(|class| class.index()).collect::<Vec<_>>(), [0, 2, 1]);
    }

    #[test]
    fn columns_come_in_the_order_asked_for() {
        let text = "a\tb\tc\td\n1\t2\t3\t4\n";
        let options = Options::new().delimiter(b'\t');
        let table = numbers::<2, 2>(text, &options.clone().features(["d", "a"]).targets([2, 1])).unwrap();
        assert_eq!(table.inputs()[0].as_slice(), [4.0, 1.0]);
        assert_eq!(table.targets()[0].as_slice(), [3.0, 2.0]);
        let table = numbers::<1, 3>(text, &options).unwrap();
        assert_eq!((table.inputs()[0].as_slice(), table.targets()[0].as_slice()), (&[1.0][..], &[2.0, 3.0, 4.0][..]));
    }

    #[test]
    fn a_mark_of_byte_order_and_foreign_line_ends_are_no_part_of_the_table() {
        let table = numbers::<1, 1>("\u{feff}x,y\r\n1,2\r\n", &Options::new().features(["x"])).unwrap();
        assert_eq!(table.inputs()[0].as_slice(), [1.0]);
        assert_eq!(
            message(numbers::<1, 1>("\u{feff}x,y\r\n1,2\r\n1,é\r\n", &Options::new())),
            "t.csv: line 3, column `y`: expected a finite number, found `é`"
        );
    }

    #[test]
    fn a_table_without_lines_has_no_samples() {
        for text in ["", "x,y\n", "\n\n"] {
            assert!(numbers::<1, 1>(text, &Options::new()).unwrap().is_empty(), "{text:?}");
        }
    }

    #[test]
    fn a_sample_in_the_place_of_the_header_is_not_lost() {
        let advice = "is a sample already; say so with `Options::without_header`, or choose a column by its name if these \
                      are names";
        assert_eq!(
            message(numbers::<1, 1>("1,-2.5\n3,4\n", &Options::new())),
            std::format!("t.csv: expected a line with the names of the columns, but the first, `1, -2.5`, {advice}")
        );
        let iris = "5.1,3.5,setosa\n6.2,2.9,versicolor\n";
        assert!(matches!(classes::<2, 3>(iris, &named()), Err(CsvError::Header { .. })));
        assert_eq!(classes::<2, 3>(iris, &named().without_header()).unwrap().len(), 2);
        // Numbers that are no sample, and numbers that are said to be names.
        assert_eq!(classes::<2, 3>("0,1,2\n5.1,3.5,setosa\n", &named()).unwrap().len(), 1);
        assert_eq!(numbers::<1, 1>("2001,2002\n3,4\n", &Options::new().target("2002")).unwrap().len(), 1);
    }

    fn quoted(cell: &str) -> String {
        if cell.is_empty() { "nothing".into() } else { std::format!("`{cell}`") }
    }

    #[test]
    fn a_wrong_cell_is_named_by_line_and_column() {
        let species = "t.csv: line 3, column `species`: expected one of the classes setosa, versicolor, virginica";
        let unknown = IRIS.replace("versicolor", "rose");
        assert_eq!(message(classes::<2, 3>(&unknown, &named())), std::format!("{species}, found `rose`"));
        let last = "t.csv: line 5, column `width`: expected a finite number, found `e`";
        assert_eq!(message(classes::<2, 3>(&IRIS.replace("3e0", "e"), &named())), last);
        for bad in ["", "2,9", "NaN", "-inf", "1e39", "x"] {
            let text = IRIS.replace(" 2.9", &std::format!("\"{bad}\""));
            let width = "t.csv: line 3, column `width`: expected a finite number";
            assert_eq!(message(classes::<2, 3>(&text, &named())), std::format!("{width}, found {}", quoted(bad)));
        }
        for bad in ["3", "-1", "1.5", "NaN", "1e99", "one", ""] {
            let text = std::format!("1,2\n4,{bad}\n");
            assert_eq!(
                message(classes::<1, 3>(&text, &Options::new().without_header())),
                std::format!(
                    "t.csv: line 2, column 1: expected a class from 0 to 2, as `Options::classes` names none, found {}",
                    quoted(bad)
                )
            );
        }
    }

    #[test]
    fn wrong_columns_are_errors() {
        assert_eq!(
            message(classes::<2, 3>(IRIS, &named().target("petal"))),
            "t.csv: there is no column `petal`; the columns are: length, width, species"
        );
        assert_eq!(
            message(numbers::<1, 1>("1,2\n", &Options::new().without_header().target(2))),
            "t.csv: there is no column number 2; the columns are: 2 without names"
        );
        assert_eq!(
            message(classes::<3, 3>(IRIS, &named())),
            "t.csv: expected 3 features, found 2 in a table of 3 columns; choose columns with `Options::features`, or \
             change the number in the type"
        );
        assert_eq!(
            message(numbers::<2, 1>("a,b,c\n", &Options::new().targets(["a", "b"]))),
            "t.csv: expected 1 target, found 2 in a table of 3 columns; choose columns with `Options::targets`, or change \
             the number in the type"
        );
        assert_eq!(
            message(classes::<2, 3>(&IRIS.replace(',', ";"), &named())),
            "t.csv: expected 2 features, found 0 in a table of 1 column; if something else than ',' parts the columns, \
             say so with `Options::delimiter`"
        );
        assert_eq!(message(classes::<2, 2>(IRIS, &named())), "t.csv: expected the names of 2 classes, found 3");
    }

    #[test]
    fn a_line_of_another_length_is_named() {
        for end in ["\n", "\r\n"] {
            for (text, line, found) in [("x,y\n1,2\n\n3\n", 4, 1), ("x,y\n1,2,3", 2, 3)] {
                assert_eq!(
                    message(numbers::<1, 1>(&text.replace('\n', end), &Options::new())),
                    std::format!("t.csv: line {line}: expected 2 columns, found {found}")
                );
            }
        }
    }

    #[test]
    fn other_text_than_utf_8_is_named_by_line() {
        let latin: [u8; 10] = *b"x,y\n1,2\n\xe4,";
        assert_eq!(
            message(regression::<1, 1>(&latin, Path::new("t.csv"), &Options::new())),
            "t.csv: line 3: expected text in UTF-8"
        );
    }

    #[test]
    fn a_missing_file_is_named() {
        let path = std::env::temp_dir().join("tintype no such table.csv");
        let message = message(read_classification::<2, 3>(&path, &named()));
        assert!(message.starts_with(&std::format!("{}: cannot be read: ", path.display())), "{message}");
    }

    #[test]
    fn a_table_cut_off_anywhere_gives_an_error_or_the_lines_before() {
        for length in 0..IRIS.len() {
            if let Ok(iris) = classes::<2, 3>(&IRIS[..length], &named()) {
                let whole = classes::<2, 3>(IRIS, &named()).unwrap();
                assert_eq!(iris.inputs(), &whole.inputs()[..iris.len()]);
            }
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80), header: bool) {
            let options = if header { Options::new() } else { Options::new().without_header() };
            let _ = classification::<1, 2>(&bytes, Path::new("t.csv"), &options);
            let _ = regression::<1, 1>(&bytes, Path::new("t.csv"), &options);
        }

        #[test]
        fn no_text_makes_it_panic(text in "\u{feff}?[-0-9.,\"\n aé]{0,80}", header: bool) {
            let options = if header { Options::new() } else { Options::new().without_header() };
            let _ = classes::<1, 2>(&text, &options);
            let _ = numbers::<2, 1>(&text, &options);
        }

        #[test]
        fn numbers_come_back_as_they_were_written(rows in proptest::collection::vec([-1e30_f32..1e30, -1.0..1.0], 1..9)) {
            let lines: Vec<_> = rows.iter().map(|[x, y]| std::format!("{x},{y:e}")).collect();
            let text = lines.join("\n");
            let table = numbers::<1, 1>(&text, &Options::new().without_header()).unwrap();
            let back: Vec<_> = table.inputs().iter().zip(table.targets())
                .map(|(x, y)| [x.as_slice()[0], y.as_slice()[0]])
                .collect();
            prop_assert_eq!(back, rows);
        }
    }
}
